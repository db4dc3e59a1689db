import { test } from './test.ts';
import { says } from './terminal.ts';

/** What the `>>>` prompt says and offers where it differs from the browser. */

test('at the prompt, a message that waits for a connection says that it is saved, and then that the server has it', async ({
  gateways,
}) => {
  const server = await gateways.server();
  const bob = await gateways.client('bob', server);
  await says(server, 'bob registered');
  const tom = await gateways.terminal('tom', server);
  await says(server, 'tom registered');
  await bob.kill('SIGTERM');
  await server.kill('SIGKILL');
  tom.write('send bob are you at home?');
  // While a try is under way, the line names no time of the next one.
  await says(
    tom,
    /No connection to bob or the server\. Your message is saved here and will be sent again( in \d+ s)?\./,
    {
      timeout: 60_000,
    },
  );
  await gateways.again(server);
  await says(tom, 'bob is away. Your message waits on the server.', { timeout: 60_000 });
});
