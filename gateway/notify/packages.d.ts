/** The used part of a package that has no types for it: D-Bus messages to bytes and back. Both functions throw for what is no message. */
declare module '@homebridge/dbus-native/lib/message.js' {
  interface SentMessage {
    readonly type: number;
    readonly serial: number;
    readonly destination: string;
    readonly path: string;
    readonly interface: string;
    readonly member: string;
    readonly signature?: string;
    readonly body?: readonly unknown[];
  }
  export interface ReceivedMessage {
    readonly type: number;
    readonly replySerial?: number;
    readonly interface?: string;
    readonly member?: string;
    readonly body?: readonly unknown[];
  }
  export interface Codec {
    marshall(message: SentMessage): Buffer;
    /** Calls `onMessage` for each whole message when the listener of `readable` is called. */
    unmarshalMessages(
      source: {
        on(event: 'readable', listener: () => void): void;
        /** Returns so many bytes, or null while there are fewer. */
        read(bytes: number): Buffer | null;
      },
      onMessage: (message: ReceivedMessage) => void,
      options: Record<string, never>,
    ): void;
  }
  const codec: Codec;
  export default codec;
}
