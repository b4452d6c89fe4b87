// WebTorrent's tracker client: announces, scrapes, announces again, and prints what it was told.
//
//     webtorrent_tracker.cjs NODE_MODULES TRACKER INFO_HASH PORT

'use strict'

const [modules, announce, infoHash, port] = process.argv.slice(2)
const Client = require(modules + '/bittorrent-tracker/client')

const say = (event, rest) => console.log(JSON.stringify({ event, ...rest }))
const client = new Client({
  infoHash,
  announce: [announce],
  peerId: Buffer.from('-WW0000-123456789012'),
  port: Number(port),
  getAnnounceOpts: () => ({ left: 1, uploaded: 0, downloaded: 0 })
})
let updates = 0

client.on('error', (error) => say('error', { message: error.message }))
client.on('warning', (error) => say('error', { message: error.message }))
client.on('peer', (peer) => say('peer', { address: peer }))
client.on('scrape', (data) => {
  say('scrape', { complete: data.complete, incomplete: data.incomplete, downloaded: data.downloaded })
  client.stop()
})
client.on('update', (data) => {
  say('update', { complete: data.complete, incomplete: data.incomplete })
  if (++updates === 1) {
    client.scrape()
  } else {
    client.destroy()
  }
})
client.start()
