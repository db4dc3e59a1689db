import { closeSync, openSync, readSync } from 'node:fs';
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
import { joinStoryLan } from './story-lan.ts';

// Node loads this file before a gateway of the pictures (`--import`). Its clock then is the clock of the story, its name and its network are
// those of the story, and no picture shows those of the developer's computer.

const file = process.env['STORY_CLOCK'];
if (file !== undefined) {
  const clock = openSync(file, 'r');
  process.once('exit', () => {
    closeSync(clock);
  });
  const offset = new Float64Array(1);
  const systemNow = Date.now.bind(Date);
  Date.now = () => {
    readSync(clock, offset, 0, offset.byteLength, 0);
    return systemNow() + (offset[0] ?? 0);
  };
}

const name = process.env['STORY_HOST_NAME'];
if (name !== undefined) os.hostname = () => name;

/** Empty: the computer has loopback only. */
const address = process.env['STORY_ADDRESS'];
if (address !== undefined) {
  const { lo = [] } = os.networkInterfaces();
  const mac = '00:00:5e:00:53:01';
  const lan: os.NetworkInterfaceInfo = {
    address,
    netmask: '255.255.255.0',
    family: 'IPv4',
    mac,
    internal: false,
    cidr: `${address}/24`,
  };
  os.networkInterfaces = () => (address === '' ? { lo } : { lo, wlan0: [lan] });
}

const folder = process.env['STORY_LAN'];
if (folder !== undefined && address !== undefined)
  joinStoryLan({ address, folder, hasFirewall: process.env['STORY_FIREWALL'] === 'yes' });

syncBuiltinESMExports();
