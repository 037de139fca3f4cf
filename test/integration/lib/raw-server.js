// A plain HTTP server for what the simulator would not do; see startServer.
'use strict';

const http = require('node:http');

// Starts it on a free port of the loopback address: { url, close() }.
async function startServer(answer) {
  const server = http.createServer(answer);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

module.exports = { startServer };
