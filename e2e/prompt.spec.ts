import { expect, test } from './test.ts';
import { says } from './terminal.ts';

/** What the `>>>` prompt says and offers where it differs from the browser. */

test('at the prompt another server is accepted, and a person with another key is accepted or refused', async ({
  gateways,
}) => {
  const server = await gateways.server();
  const bob = await gateways.terminal('bob', server);
  await says(server, 'bob registered');
  const [tom, uma] = await Promise.all([gateways.terminal('tom', server), gateways.terminal('uma', server)]);
  for (const who of [tom, uma]) {
    who.write('send bob hello');
    await says(who, 'bob received');
  }
  await bob.kill('SIGKILL');

  // The server is set up again: it has another key and no names. A client that sends finds out.
  await server.kill('SIGKILL');
  const another = await gateways.server({ at: server.port });
  for (const who of [tom, uma]) {
    who.write('send bob are you there?');
    await says(who, 'Type accept-server to accept the new key.', { timeout: 60_000 });
    who.write('accept-server');
  }
  await says(another, 'tom registered');
  await says(another, 'uma registered');

  const newBob = await gateways.terminal('bob', another);
  for (const who of [tom, uma]) await says(who, 'bob has a different key than before');
  tom.write('accept bob');
  await says(tom, 'You accepted the new key of bob.');
  await says(newBob, 'tom: are you there?');
  uma.write('refuse bob');
  await says(uma, 'You refused the new key of bob. Your messages wait until the old key is back.');
  uma.write('send bob for the bob I know');
  newBob.write('send uma it is me');
  await says(uma, 'it is me');
  tom.write('send bob good');
  await says(newBob, 'tom: good');
  expect(newBob.output()).not.toContain('uma: ');
});

test('at the prompt, a message that waits for a connection says when the next try is', async ({
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
  await says(
    tom,
    /No connection to bob or the server\. Your message is saved here and will be sent again in \d+ s\./,
    {
      timeout: 60_000,
    },
  );
  await gateways.again(server);
  await says(tom, 'bob is away. Your message waits on the server.', { timeout: 60_000 });
});
