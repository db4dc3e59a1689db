// The parts that the bench uses of two packages without types.

declare module 'udx-native' {
  import type { Duplex } from 'node:stream';

  export class UDXSocket {
    bind(port: number, host: string): void;
    address(): { readonly port: number };
  }

  export class UDXStream extends Duplex {
    connect(socket: UDXSocket, remoteId: number, port: number, host: string): void;
  }

  export default class UDX {
    createSocket(): UDXSocket;
    createStream(
      id: number,
      options?: { readonly firewall: (socket: UDXSocket, port: number, host: string) => boolean },
    ): UDXStream;
  }
}

declare module '@hyperswarm/secret-stream' {
  import { Duplex } from 'node:stream';

  export default class SecretStream extends Duplex {
    readonly opened: Promise<boolean>;
    constructor(isInitiator: boolean, rawStream: Duplex);
  }
}
