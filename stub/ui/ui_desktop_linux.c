/* Linux has no window that all desktops share, and a browser everywhere. */
#include "ui/face.h"

const struct face_kind *const face_desktop = &face_page;
