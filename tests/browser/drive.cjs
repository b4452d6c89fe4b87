// Drives the app's page in a real browser, as a person does, and looks at every sheet as audit.cjs
// does. Screenshots go to the folder SCREENS.
//
//     node drive.cjs MODULES SCREENS SCENARIO URL [ARGUMENTS]
//
// Ends with 0 and a line "ok", or with 1 and what was wrong.
'use strict';
const path = require('path');
const [modules, screens, scenario, url, ...more] = process.argv.slice(2);
const {chromium} = require(path.join(modules, 'playwright-core'));
const axe = require(path.join(modules, 'axe-core'));
const {audit, check, launch} = require('./audit.cjs');

let browser, page;
const complaints = [];

async function heading(text, timeout = 30000) {
    await page.waitForFunction(wanted => document.getElementById('heading').textContent === wanted,
        text, {timeout});
}

async function audit_sheet(name) {
    await audit(page, screens, name);
    await page.setViewportSize({width: 1280, height: 800});
}

async function text(id) {
    return (await page.locator('#' + id).textContent()).trim();
}

// Nothing but the keyboard: Tab until the element is reached, then the key.
async function reach(id, key) {
    for (let i = 0; i < 40; i++) {
        if (await page.evaluate(() => document.activeElement.id) === id) {
            const style = await page.evaluate(() =>
                getComputedStyle(document.activeElement).outlineStyle);
            check(style !== 'none', `one does not see that ${id} has the focus`);
            await page.keyboard.press(key);
            return;
        }
        await page.keyboard.press('Tab');
    }
    throw new Error(`${id} cannot be reached by Tab`);
}

async function heading_has_focus(sheet) {
    check(await page.evaluate(() => document.activeElement.id) === 'heading',
        `the focus is not moved to the heading of the sheet ${sheet}`);
}

async function full() {
    await heading('Download this?');
    await heading_has_focus('ask');
    check(await text('title') === '<b>A film</b> & more', `title: ${await text('title')}`);
    check(await page.getAttribute('html', 'lang') === 'en', 'wrong lang');
    check(!url.includes(new URL(page.url()).pathname), 'its address is the one of the start');
    check(!await page.isChecked('#listen'), 'listening is ticked');
    await audit_sheet('ask');
    await reach('start', 'Enter');
    await heading('Downloading');
    await heading_has_focus('progress');
    await page.locator('summary').click();
    await page.waitForSelector('#peers tr');
    await audit_sheet('progress');
    const bar = page.locator('#bar');
    check(Number(await bar.getAttribute('aria-valuenow')) > 0, 'the bar says nothing');
    check((await page.title()).includes('%'), `title of the tab: ${await page.title()}`);
    await reach('pause', 'Space');
    await heading('Paused');
    check(await page.evaluate(() => document.activeElement.id) === 'pause', 'focus was lost');
    await page.waitForTimeout(500);
    const before = await text('status');
    await audit_sheet('paused');
    check(await text('status') === before, `it went on in a pause: ${before}`);
    await page.locator('#pause').click();
    await heading('Downloading');
    await page.selectOption('#limit', '102400');
    await page.locator('summary').click();
    await foreign_page();
    await heading('Complete and verified', 90000);
    await heading_has_focus('done');
    check(await page.inputValue('#limit') === '102400', 'the limit was forgotten');
    await page.check('#keep');
    await page.waitForFunction(() =>
        document.getElementById('note').textContent.includes('until you close'));
    await audit_sheet('done');
    await page.locator('#stop').click();
    await heading('Finished');
    await audit_sheet('end');
}

// A page of somebody else, who even knows the token, cannot stop it.
async function foreign_page() {
    const other = await browser.newPage();
    await other.goto('about:blank');
    await other.evaluate(target => fetch(target, {method: 'POST', mode: 'no-cors'})
        .catch(() => {}), page.url() + 'stop');
    await other.close();
    await page.waitForTimeout(1000);
    check(await text('heading') === 'Downloading', 'another page stopped it');
}

async function trouble() {
    const [badFolder, smallDisk] = more;
    await heading('Download this?');
    await page.fill('#folder', badFolder);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#what:not([hidden])');
    check(await page.evaluate(() => document.activeElement.id) === 'folder', 'focus is elsewhere');
    check(await page.getAttribute('#folder', 'aria-invalid') === 'true', 'the field seems good');
    await audit_sheet('bad-folder');
    await page.fill('#folder', smallDisk);
    await page.keyboard.press('Enter');
    await heading('This did not work');
    check(await text('what') === 'The disk is full.', `what: ${await text('what')}`);
    await audit_sheet('trouble');
}

async function main() {
    browser = await launch(chromium);
    page = await browser.newPage();
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
        if (message.type() === 'error')
            complaints.push(message.text());
    });
    await page.goto(url);
    // By the debugger, for the page's policy lets no script in.
    await page.evaluate(axe.source + '\n;undefined');
    await {full, trouble}[scenario]();
    check(complaints.length === 0, 'the browser complains: ' + complaints.join('; '));
}

main().then(() => {
    console.log('ok');
    return 0;
}, error => {
    console.log(String(error.message).split('\n').slice(0, 6).join(' | '));
    return 1;
}).then(async code => {
    if (code && page)
        await page.screenshot({path: path.join(screens, scenario + '-failed.png')}).catch(() => {});
    if (browser)
        await browser.close();
    process.exit(code);
});
