// A published page in a real browser: is the right button first for each system, with script and
// without; does axe find a barrier, does anything overflow, in light and dark and on three widths?
// Screenshots go to the folder SCREENS.
//
//     node publish_page.cjs MODULES SCREENS URL FOLDER [lines]
//
// What a visitor with Windows and one with Linux gets by the first button is saved in FOLDER. `lines`:
// the page has none of that, but a list of pages.
// Ends with 0 and a line "ok", or with 1 and what was wrong.
'use strict';
const path = require('path');
const [modules, screens, url, folder, kind] = process.argv.slice(2);
const {chromium} = require(path.join(modules, 'playwright-core'));
const axe = require(path.join(modules, 'axe-core'));
const {audit, check, launch} = require('./audit.cjs');

const LINUX = machine => `Mozilla/5.0 (X11; Linux ${machine}; rv:128.0) Gecko/20100101 Firefox/128.0`;
const CHROME = system => `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) ` +
    'Chrome/140.0.0.0 Safari/537.36';

// User agent, what its hints say (null: it has none), what comes first.
const VISITORS = [
    [CHROME('Windows NT 10.0; Win64; x64'), null, 'windows-x86_64'],
    [CHROME('Windows NT 10.0; Win64; x64'), ['x86', '64'], 'windows-x86_64'],
    [CHROME('Windows NT 10.0; Win64; x64'), ['x86', '32'], 'windows-i386'],
    [CHROME('Windows NT 10.0; Win64; x64'), ['arm', '64'], 'windows-i386'],
    [CHROME('Windows NT 6.1; WOW64'), null, 'windows-x86_64'],
    ['Mozilla/5.0 (Windows NT 6.1; rv:115.0) Gecko/20100101 Firefox/115.0', null, 'windows-i386'],
    [LINUX('x86_64'), null, 'linux-x86_64'],
    [LINUX('i686 on x86_64'), null, 'linux-x86_64'],
    [LINUX('i686'), null, 'linux-i386'],
    [LINUX('aarch64'), null, 'linux-aarch64'],
    [LINUX('armv7l'), null, 'linux-armv7'],
    [CHROME('X11; Linux x86_64'), ['arm', '64'], 'linux-aarch64'],
    [CHROME('X11; Linux x86_64'), ['', ''], 'linux-x86_64'],
    [CHROME('X11; Linux x86_64'), 'refused', 'linux-x86_64'],
    [CHROME('Macintosh; Intel Mac OS X 10_15_7'), ['arm', '64'], 'other'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like ' +
        'Gecko) Version/17.0 Mobile/15E148 Safari/604.1', null, 'other'],
    [CHROME('Linux; Android 10; K'), ['arm', '64'], 'other'],
    [CHROME('X11; CrOS x86_64 14541.0.0'), null, 'other'],
    ['Mozilla/5.0 (X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0', null, 'other'],
    ['w3m', null, 'other'],
];

let browser;
const complaints = [];

async function open(options, hints) {
    const context = await browser.newContext(options);
    if (options.javaScriptEnabled !== false)
        await context.addInitScript(given => {
            const value = given && {getHighEntropyValues: () => given === 'refused' ?
                Promise.reject(new Error('no')) :
                Promise.resolve({architecture: given[0], bitness: given[1]})};
            Object.defineProperty(navigator, 'userAgentData', {value: value || undefined});
        }, hints);
    const page = await context.newPage();
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
        if (message.type() === 'error' && !message.text().includes('favicon'))
            complaints.push(message.text());
    });
    await page.goto(url);
    return page;
}

// The systems in the order in which the first list has them.
async function order(page) {
    const lists = await page.locator('.offers').all();
    const items = await lists[0].locator('> li').all();
    return Promise.all(items.map(item => item.getAttribute('data-for')));
}

async function everything_is_visible(page, name) {
    const links = await page.locator('.offers a, .links a').all();
    check(links.length > 12, `${name}: only ${links.length} links`);
    for (const link of links)
        check(await link.isVisible(), `${name}: hidden: ${await link.getAttribute('href')}`);
    return links.length;
}

async function visitor([userAgent, hints, wanted]) {
    const page = await open({userAgent}, hints);
    await page.waitForTimeout(20);
    const found = await order(page);
    check(found[0] === wanted, `${userAgent} ${hints} gets ${found[0]}, not ${wanted}`);
    check(found.length === 7, `${userAgent}: ${found}`);
    for (const list of await page.locator('.offers').all()) {
        check(await list.locator('.first').count() === 1, `${userAgent}: not one is first`);
        check(await list.locator('> li').first().getAttribute('data-for') === wanted,
            `${userAgent}: another list begins otherwise`);
    }
    await everything_is_visible(page, userAgent);
    await page.context().close();
}

async function without_script() {
    const page = await open({javaScriptEnabled: false, userAgent: VISITORS[0][0]}, null);
    const found = await order(page);
    check(found.length === 7 && found[0] === 'windows-x86_64', `without script: ${found}`);
    check(await page.locator('.first').count() === 0, 'without script one is first');
    await everything_is_visible(page, 'without script');
    await page.screenshot({path: path.join(screens, 'publish-no-script.png'), fullPage: true});
    await page.context().close();
}

async function look_at(userAgent, name) {
    const page = await open({userAgent}, null);
    // By the debugger, for the page's policy lets no other script in.
    await page.evaluate(axe.source + '\n;undefined');
    await page.locator('summary').first().click();
    await audit(page, screens, 'publish-' + name);
    await page.context().close();
}

// A click on the first button saves the app under its name.
async function click(userAgent) {
    const page = await open({userAgent}, null);
    const waiting = page.waitForEvent('download');
    await page.locator('.first a').first().click();
    const download = await waiting;
    check(await download.failure() === null, 'the download failed');
    await download.saveAs(path.join(folder, download.suggestedFilename()));
    await page.context().close();
}

// A stranger's script does not run.
async function policy() {
    const page = await open({userAgent: VISITORS[0][0]}, null);
    const title = await page.title();
    check(title.length > 0 && await page.locator('h1').textContent() === title, 'no title');
    const kept = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'window.strange = 1';
        document.body.appendChild(script);
        return window.strange === undefined;
    });
    check(kept, 'the policy lets any script in');
    check(complaints.pop().includes('Content Security Policy'), 'nobody refused the script');
    await page.context().close();
}

async function lines() {
    const page = await open({userAgent: VISITORS[0][0]}, null);
    const links = await page.locator('.lines a').count();
    check(links > 8, `only ${links} lines`);
    await page.evaluate(axe.source + '\n;undefined');
    await audit(page, screens, 'publish-lines');
    await page.locator('.lines a').first().click();
    check(await page.locator('.first .app').count() === 1, 'no button on the item\'s page');
    await everything_is_visible(page, 'item');
    await page.getByText('All downloads').click();
    check(await page.locator('.lines a').count() === links, 'no way back');
    await page.context().close();
}

async function offers() {
    for (const one of VISITORS)
        await visitor(one);
    await without_script();
    await look_at(VISITORS[0][0], 'windows');
    await look_at(LINUX('x86_64'), 'linux');
    await look_at(CHROME('Linux; Android 10; K'), 'phone');
    await click(VISITORS[0][0]);
    await click(LINUX('x86_64'));
    await policy();
}

async function main() {
    browser = await launch(chromium);
    await (kind === 'lines' ? lines : offers)();
    check(complaints.length === 0, 'the browser complains: ' + complaints.join('; '));
}

main().then(() => {
    console.log('ok');
    return 0;
}, error => {
    console.log(String(error.message).split('\n').slice(0, 6).join(' | '));
    return 1;
}).then(async code => {
    if (browser)
        await browser.close();
    process.exit(code);
});
