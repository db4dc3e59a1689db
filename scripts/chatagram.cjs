#!/usr/bin/env node
// The published command. Old syntax on purpose: an old Node shall read this file, and say what it needs.
'use strict';
var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    'Chatagram needs Node.js 24 or newer and this is ' +
      process.versions.node +
      ': install it from https://nodejs.org.\n',
  );
  process.exitCode = 1;
} else {
  import('./gateway.js');
}
