# One pass over every source file for tests/tidy.sh. Prints "file:line: what".
# Runs in any POSIX awk; needs LC_ALL=C. Settings stand in BEGIN.

BEGIN {
    split("base meta wire sys net engine ui", layers, " ")
    for (i in layers) {
        rank[layers[i]] = i
    }
    function_max = 70
    file_max = 600
    column_max = 100
    include_max = 8

    word = "(^|[^A-Za-z0-9_.>])"
    banned = word "(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|system|popen|atoi)[(]"
    core_banned = word "(time|clock|clock_gettime|gettimeofday|printf|fprintf|puts|putchar" \
        "|getenv|rand|srand|random|exit)[(]"
    heap = word "(malloc|calloc|realloc|free|strdup)[(]"
    os_header = "<(sys/|netinet/|arpa/|net/|linux/|unistd|fcntl|poll|pthread|signal|dirent" \
        "|netdb|termios|time|windows|winsock|ws2tcpip|dlfcn|spawn|pwd|syslog)"

    # The one core file that may speak and end the program.
    trap = "stub/base/check.c"
    processor = "stub/base/hash_arm.c" # what it can do is told by the system there

    # Who may ask the system for memory: everyone's source, and TLS, which few apps ever need.
    heap_files["stub/base/arena.c"]
    heap_files["stub/heap.c"]
    heap_files["stub/net/tls.c"]
    heap_files["stub/net/roots.c"]

    # Third-party headers and the files they may enter.
    allowed["bearssl"] = "^(stub/net/(tls|roots)|stub/base/hash[a-z0-9_]*|builder/sign)[.]c$"
    allowed["zlib"] = "^(stub/base/inflate|builder/deflate|builder/toolchain/.*)[.]c$"
}

function problem(what) {
    print FILENAME ":" FNR ": " what
}

# The code of a line: comments and the insides of literals removed. Keeps in_comment.
function code_of(line,    out, at, c) {
    out = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (!at) {
                return out
            }
            in_comment = 0
            line = substr(line, at + 2)
            continue
        }
        if (!match(line, /["']|\/\*|\/\//)) {
            return out line
        }
        out = out substr(line, 1, RSTART - 1)
        c = substr(line, RSTART, 1)
        line = substr(line, RSTART)
        if (c == "/") {
            if (substr(line, 2, 1) == "/") {
                return out
            }
            in_comment = 1
            line = substr(line, 3)
        } else {
            if (c == "\"") {
                match(line, /^"([^"\\]|\\.)*"?/)
            } else {
                match(line, /^'([^'\\]|\\.)*'?/)
            }
            out = out c c
            line = substr(line, RLENGTH + 1)
        }
    }
    return out
}

function start_file() {
    in_comment = 0
    in_function = 0
    includes = 0
    heading = ""
    is_c = FILENAME ~ /[.][ch]$/
    in_stub = FILENAME ~ /^stub\//
    in_tests = FILENAME ~ /^tests\//
    layer = ""
    if (FILENAME ~ /^stub\/[a-z]+\//) {
        layer = FILENAME
        sub(/^stub\//, "", layer)
        sub(/\/.*/, "", layer)
        if (!(layer in rank)) {
            problem("stub/" layer " is not a layer")
        }
    }
    is_core = layer ~ /^(base|meta|wire|net|engine)$/
    is_platform = layer == "sys" || FILENAME ~ /^stub\/(heap|ui\/ui_win32)[.]c$/
    if (FILENAME ~ /[.]h$/ && $0 !~ /^\/\*/) {
        problem("a header opens with a comment that says what it is for")
    }
}

function check_text() {
    columns = $0
    gsub(/[\200-\277]/, "", columns)
    if (length(columns) > column_max) {
        problem("line of " length(columns) " columns, limit " column_max)
    }
    if ($0 ~ /(^|[^A-Za-z0-9_])(TO[D]O|FIX[M]E|XX[X])([^A-Za-z0-9_]|$)/) {
        problem("work left undone: do it or open an issue")
    }
}

function check_include(    path, top, found) {
    if (match($0, /"[^"]*"/)) {
        includes++
        path = substr($0, RSTART + 1, RLENGTH - 2)
        top = path
        sub(/\/.*/, "", top)
        found = exists("stub/" path) || (!in_stub && exists(path)) || \
            (in_tests && exists("tests/" path))
        if (path !~ /\// || !found) {
            problem("no such header, or not named by its path: " path)
        } else if (layer != "" && rank[top] > rank[layer]) {
            problem(layer " includes " top ", a higher layer")
        }
        if (FILENAME ~ /[.]h$/ && includes == include_max + 1) {
            problem("umbrella header: more than " include_max " project headers")
        }
        return
    }
    if ($0 ~ os_header && !is_platform && !in_tests && FILENAME != trap && FILENAME != processor) {
        problem("system header outside stub/sys")
    }
    for (library in allowed) {
        if ($0 ~ "<" library && !in_tests && FILENAME !~ allowed[library]) {
            problem(library " header outside the files that wrap it")
        }
    }
}

# `known` holds the names of all files, given by tidy.sh.
function exists(path) {
    return path in known
}

function check_calls(code) {
    if (code ~ banned) {
        problem("banned call")
    }
    if (is_core && FILENAME != trap && code ~ core_banned) {
        problem("the core has no clock, no environment and prints nothing")
    }
    if (in_stub && !(FILENAME in heap_files) && layer != "sys" && code ~ heap) {
        problem("memory comes from base/arena only")
    }
    if (code ~ /_WIN32/ && !is_platform) {
        problem("_WIN32 outside stub/sys")
    }
}

# base/hash.c remembers what the processor can do, the same for every thread.
function check_statics(code) {
    if (!in_stub || is_platform || FILENAME == "stub/base/hash.c" ||
        code ~ /(^|[^a-z_])(const|typedef)[^a-z_]/) {
        return
    }
    if (code ~ /^ *static [^(]*(;|=|\[)/ ||
        code ~ /^[a-z_][a-z0-9_ *]* [*a-z0-9_]+(\[[^]]*\])* = /) {
        problem("mutable variable that outlives a call, outside stub/sys")
    }
}

function find_heading(code) {
    if (code ~ /^[A-Za-z_][^=;]*[(].*[)] *[{]/) {
        problem("the brace of a function belongs at column 0")
    }
    if (code ~ /^[A-Za-z_][A-Za-z0-9_]*[(]/) {
        heading = code
        sub(/[(].*/, "", heading)
    } else if (code ~ /^[A-Za-z_][A-Za-z0-9_ *]*[ *][A-Za-z_][A-Za-z0-9_]*[(]/) {
        heading = "?"
    } else if (code ~ /[;}]$/) {
        heading = ""
    }
}

# Function names stand at column 0, their braces too.
function check_function(code) {
    if (!in_function) {
        find_heading(code)
    }
    if (!in_function && code ~ /^[{]/ && heading != "") {
        if (heading == "?") {
            problem("the function's name belongs at column 0, its type on the line above")
        }
        in_function = FNR
    }
    if (code ~ /^[}]/ && in_function) {
        if (FNR - in_function - 1 > function_max) {
            problem(heading " has " FNR - in_function - 1 " lines, limit " function_max)
        }
        in_function = 0
        heading = ""
    }
}

FILENAME == "-" {
    known[$0] = 1
    next
}
FNR == 1 {
    start_file()
}
/[ \t\r]$/ {
    problem("trailing space")
}
{
    check_text()
}
!is_c {
    next
}
FNR == file_max + 1 {
    problem("file of more than " file_max " lines")
}
/\t/ {
    problem("tab")
}
/^[ ]*#[ ]*if[ ]+0/ {
    problem("code switched off by #if 0")
}
/^[ ]*#[ ]*include/ {
    if (!in_comment) {
        check_include()
    }
    next
}
{
    code = code_of($0)
    sub(/ +$/, "", code)
    check_calls(code)
    check_statics(code)
    check_function(code)
}
