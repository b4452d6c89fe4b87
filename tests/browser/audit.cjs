// What can be said of any page without knowing it, in light and dark and on three widths: does axe
// find a barrier, does anything overflow? Screenshots go to the folder `screens`.
'use strict';
const path = require('path');

const WIDTHS = [360, 768, 1280];

function check(condition, why) {
    if (!condition)
        throw new Error(why);
}

// The page has axe in it already.
async function audit(page, screens, name) {
    for (const colorScheme of ['light', 'dark']) {
        for (const width of WIDTHS) {
            const where = `${name}-${colorScheme}-${width}`;
            await page.emulateMedia({colorScheme});
            await page.setViewportSize({width, height: 800});
            const wide = await page.evaluate(() => document.documentElement.scrollWidth);
            check(wide <= width, `${where}: ${wide} pixels wide`);
            await page.screenshot({path: path.join(screens, where + '.png'), fullPage: true});
            const found = await page.evaluate(() => window.axe.run(document));
            check(found.passes.length > 8, `${where}: axe looked at nothing`);
            const bad = found.violations.filter(v => ['serious', 'critical'].includes(v.impact));
            check(bad.length === 0, `${where}: ` + bad.map(v => `${v.id} (${v.help}): ` +
                v.nodes.map(node => node.target).join(' ')).join('; '));
        }
    }
}

function launch(chromium) {
    return chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']});
}

module.exports = {audit, check, launch};
