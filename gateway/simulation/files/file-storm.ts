import { directConversation } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { leafBytes, pieceBytes } from '../../../shared/files/tree.ts';
import { PieceSet } from '../../client/files/piece-set.ts';
import type { FileView } from '../../client/client-event.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { StoreError } from '../../store/errors.ts';
import type { BlobId, FileSource } from '../../turn/file-disk.ts';
import type { TraceListener } from '../../trace/trace-feed.ts';
import { ChatSimulation, type SimulatedClient } from '../chat/chat-simulation.ts';
import { unlessDiskFails } from '../chat/faulty-disk.ts';
import { drawNetworkConditions } from '../network/network-conditions.ts';
import { cutSomewhere, mendAll } from '../network/partitions.ts';
import type { SimulatedHost } from '../network/simulated-network.ts';
import { fileBytes, tryToOffer } from './file-fixture.ts';

export interface FileStormReport {
  readonly offers: number;
  readonly ended: number;
  readonly refused: number;
  readonly pieces: number;
  readonly kills: number;
  readonly deathsInTurns: number;
  readonly powerCuts: number;
  readonly virtualSeconds: number;
  readonly calmSeconds: number;
}

/** An offer of the storm, and what its two ends want with it. */
interface StormFile {
  readonly of: MessageId;
  readonly author: SimulatedClient;
  readonly recipient: SimulatedClient;
  readonly bytes: Uint8Array;
  readonly source: FileSource;
  /** Whether the author still offers these bytes, and the recipient still wants them. */
  isOffered: boolean;
  isWanted: boolean;
}

const stepsPerStorm = 40;
const offersMax = 8;
const calmMsMax = 30 * 60_000;

const faultKinds = [
  ...(['kill', 'die', 'cut', 'network conditions', 'full disk', 'full store', 'leave'] as const),
  ...(['pause', 'resume', 'cancel', 'author pauses', 'author cancels', 'delete', 'change'] as const),
];
type FaultKind = (typeof faultKinds)[number];

/**
 * Runs transfers of files between users under faults, and checks them: each file that ends is right to the byte, each one of an author
 * that stays ends, and no piece that is counted is written twice. Throws with the seed if not.
 */
export function runFileStorm(seed: number, onTrace: TraceListener | null = null): FileStormReport {
  try {
    return new FileStorm(seed, onTrace).run();
  } catch (error) {
    throw new Error(`files of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

class FileStorm {
  readonly #chance: SeededRandom;
  readonly #simulation: ChatSimulation;
  readonly #box: SimulatedHost;
  readonly #clients: readonly SimulatedClient[];
  /** A user that gives other bytes than those that it has offered, now and then. */
  readonly #liar: SimulatedClient | undefined;
  readonly #faults: readonly FaultKind[];
  readonly #files: StormFile[] = [];
  #pieces = 0;
  #kills = 0;
  #deathsInTurns = 0;
  #powerCuts = 0;

  constructor(seed: number, onTrace: TraceListener | null) {
    const chance = (this.#chance = new SeededRandom(seed));
    const simulation = (this.#simulation = new ChatSimulation({ seed, link: drawNetworkConditions(chance) }));
    simulation.network.onTrace = onTrace;
    this.#faults = faultKinds.filter(() => chance.below(2) === 0);
    this.#box = simulation.host('box', '10.0.0.1/24');
    const server = simulation.server(this.#box);
    this.#clients = ['ann', 'ben', 'cat'].slice(0, 2 + chance.below(2)).map((nickname, index) => {
      const host = simulation.host(nickname, `10.0.0.${10 + index}/24`);
      return simulation.client(nickname, host, server.address);
    });
    this.#liar = chance.below(3) === 0 ? this.#oneOfAll() : undefined;
    if (this.#liar !== undefined) this.#liar.files.lies = () => chance.below(3) === 0;
    for (const one of this.#clients) one.files.onPiece = (blob, piece) => this.#checkPiece(one, blob, piece);
  }

  run(): FileStormReport {
    for (const one of this.#clients) one.start();
    this.#simulation.until('everybody met', () => this.#allSeeEachOther(), calmMsMax);
    for (const one of this.#clients) one.allow(...this.#clients.filter((other) => other !== one));
    for (let step = 0; step < stepsPerStorm; step++) {
      this.#step();
      this.#simulation.pass(this.#chance.below(3_000));
      this.#check();
    }
    this.#endFaults();
    const calmSinceMs = this.#nowMs();
    this.#settle();
    const calmSeconds = Math.round((this.#nowMs() - calmSinceMs) / 1_000);
    this.#simulation.pass(120_000);
    this.#check();
    const ended = this.#files.filter((file) => viewOf(file)?.state === 'done').length;
    return {
      offers: this.#files.length,
      ended,
      refused: this.#files.length - ended,
      pieces: this.#pieces,
      kills: this.#kills,
      deathsInTurns: this.#deathsInTurns,
      powerCuts: this.#powerCuts,
      virtualSeconds: Math.round(this.#nowMs() / 1_000),
      calmSeconds,
    };
  }

  #step(): void {
    const fault = this.#faults[this.#chance.below(this.#faults.length)];
    this.#answerOffers();
    if (this.#files.length < offersMax && this.#chance.below(3) === 0) return this.#offer();
    if (fault !== undefined && this.#chance.below(2) === 0) this.#happen(fault);
  }

  #offer(): void {
    const [author, recipient] = [this.#oneOfAll(), this.#oneOfAll()];
    if (author === recipient || !author.isRunning || author.disk.isProcessDead) return;
    const bytes = fileBytes(this.#drawSize(), 1 + this.#files.length + 100 * this.#chance.below(1_000_000));
    const source =
      this.#chance.below(2) === 0
        ? author.files.addBlob(bytes)
        : author.files.addPath(`/${this.#files.length}`, bytes);
    unlessDiskFails(() => {
      const of = tryToOffer(this.#simulation, author, directConversation(recipient.key), source);
      if (of !== undefined)
        this.#files.push({
          of,
          author,
          recipient,
          bytes,
          source,
          isOffered: true,
          isWanted: this.#chance.below(8) > 0,
        });
    });
  }

  #drawSize(): number {
    const chance = this.#chance;
    const kind = chance.below(4);
    if (kind === 0) return chance.below(3);
    if (kind === 1) return leafBytes * chance.below(20) + chance.below(3);
    return chance.below(10 * pieceBytes);
  }

  /** Each recipient answers the offers that have arrived. */
  #answerOffers(): void {
    for (const file of this.#files) {
      const { recipient, isWanted } = file;
      if (!isAble(recipient) || viewOf(file)?.state !== 'offered') continue;
      this.#act(file, recipient, isWanted ? 'acceptFile' : 'declineFile');
    }
  }

  #happen(fault: FaultKind): void {
    switch (fault) {
      case 'kill':
        return this.#killOrStart(this.#oneOfAll());
      case 'die':
        return this.#planDeath(this.#oneOfAll());
      case 'cut':
        if (this.#chance.below(3) === 0) return mendAll(this.#simulation.network, this.#hosts());
        return cutSomewhere(this.#simulation.network, this.#hosts(), this.#chance);
      case 'network conditions':
        return this.#simulation.network.setDefaultLink(drawNetworkConditions(this.#chance));
      case 'full disk': {
        const isFull = this.#chance.below(2) === 0;
        this.#oneOfAll().files.refuses = () => (isFull ? 'disk-full' : undefined);
        return;
      }
      case 'full store':
        this.#oneOfAll().isDiskFull = this.#chance.below(2) === 0;
        return;
      case 'leave':
        return this.#leaveOrReturn(this.#oneOfAll());
      default:
        return this.#happenTo(fault);
    }
  }

  /** What a user does with a file. */
  #happenTo(
    fault: Exclude<
      FaultKind,
      'kill' | 'die' | 'cut' | 'network conditions' | 'full disk' | 'full store' | 'leave'
    >,
  ): void {
    const file = this.#files[this.#chance.below(Math.max(1, this.#files.length))];
    if (file === undefined) return;
    const { author, recipient, source } = file;
    switch (fault) {
      case 'pause':
        return this.#act(file, recipient, 'pauseFile');
      case 'resume':
        this.#act(file, author, 'resumeFile');
        return this.#resume(file);
      case 'cancel':
        // A file that has ended stays.
        this.#act(file, recipient, 'cancelFile');
        if (isAble(recipient) && viewOf(file)?.state === 'cancelled') file.isWanted = false;
        return;
      case 'author pauses':
        return this.#act(file, author, 'pauseFile');
      case 'author cancels':
        this.#act(file, author, 'cancelFile');
        file.isOffered = false;
        return;
      case 'delete':
        return this.#delete(file);
      case 'change':
        if (source.type !== 'path') return;
        author.files.changePath(source.path, fileBytes(file.bytes.length, 7));
        file.isOffered = false;
        return;
      default:
        fault satisfies never;
    }
  }

  #delete(file: StormFile): void {
    const { author, recipient, of } = file;
    if (!isAble(author)) return;
    file.isOffered = false;
    file.isWanted = false;
    unlessDiskFails(() => author.tryToWrite(recipient, { kind: 'delete', of }));
  }

  /** Wants a file again that has failed, or was paused. */
  #resume(file: StormFile): void {
    const { recipient } = file;
    const state = isAble(recipient) ? viewOf(file)?.state : undefined;
    if (file.isWanted && (state === 'paused' || state === 'failed')) this.#act(file, recipient, 'resumeFile');
  }

  #act(
    { of }: StormFile,
    one: SimulatedClient,
    command: 'acceptFile' | 'declineFile' | 'pauseFile' | 'resumeFile' | 'cancelFile',
  ): void {
    if (isAble(one)) unlessDiskFails(() => one.command((client, now) => client[command](now, of)));
  }

  #killOrStart(one: SimulatedClient): void {
    if (!one.isRunning) return this.#start(one);
    this.#kills++;
    one.kill();
    this.#cutPower(one);
  }

  #start(one: SimulatedClient): void {
    try {
      one.start();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (one.isRunning) one.kill();
    }
  }

  #planDeath(one: SimulatedClient): void {
    if (!one.isRunning) return this.#start(one);
    const edge = this.#chance.below(2) === 0 ? 'before' : 'after';
    one.disk.doom({ atWrite: 1 + this.#chance.below(12), edge }, () => {
      this.#kills++;
      this.#deathsInTurns++;
      one.kill();
      this.#cutPower(one);
    });
  }

  /** Half of the ends of a process are power cuts. */
  #cutPower(one: SimulatedClient): void {
    if (this.#chance.below(2) === 0) return;
    this.#powerCuts++;
    one.files.cutPower(this.#chance);
  }

  #leaveOrReturn(one: SimulatedClient): void {
    if (!isAble(one)) return;
    const isAway = one.role.session().phase === 'offline';
    unlessDiskFails(() =>
      one.command((client, now) => {
        if (isAway) client.register(now);
        else client.deregister(now);
      }),
    );
  }

  #endFaults(): void {
    mendAll(this.#simulation.network, this.#hosts());
    this.#simulation.network.setDefaultLink({ delayMs: 1 });
    for (const one of this.#clients) {
      one.isDiskFull = false;
      one.files.refuses = () => undefined;
      if (one.isRunning) unlessDiskFails(() => one.command((client, now) => client.register(now)));
      if (!one.isRunning) one.start();
    }
    for (const one of this.#clients) one.disk.revive();
    for (const file of this.#files) this.#act(file, file.author, 'resumeFile');
  }

  /** Waits until each file has ended that can end. Users try again what failed because of a disk. */
  #settle(): void {
    const openFiles = (): StormFile[] =>
      this.#files.filter((file) => {
        const { author, isOffered, isWanted } = file;
        return isOffered && isWanted && author !== this.#liar && viewOf(file)?.state !== 'done';
      });
    const deadlineMs = this.#nowMs() + calmMsMax;
    while (openFiles().length > 0) {
      if (this.#nowMs() > deadlineMs) {
        const open = openFiles().map((file) => JSON.stringify(viewOf(file)));
        throw new Error(`files do not end: ${open.join(', ')}`);
      }
      this.#answerOffers();
      for (const file of openFiles()) this.#resume(file);
      this.#simulation.pass(5_000);
      this.#check();
    }
  }

  /** Throws where a file has ended that is not right, or a turn failed for another reason than a full disk. */
  #check(): void {
    for (const { recipient, of, source, bytes } of this.#files) {
      if (recipient.store.files.find(of)?.state !== 'done') continue;
      const found = recipient.files.bytesOf(source.blob);
      if (found === undefined || Buffer.compare(found, bytes) !== 0) throw new Error(`${of} is not right`);
    }
    const bug = this.#simulation.faults.find(
      (fault) => !(fault instanceof StoreError) || fault.code !== 'disk-refused',
    );
    if (bug !== undefined) throw new Error('a turn failed', { cause: bug });
    this.#simulation.faults.length = 0;
  }

  /** A piece in a committed bitmap is never written again. */
  #checkPiece(one: SimulatedClient, { root, size }: BlobId, piece: number): void {
    this.#pieces++;
    for (const { of, recipient, source } of this.#files) {
      const isIt =
        recipient === one && Buffer.compare(source.blob.root, root) === 0 && source.blob.size === size;
      if (!isIt) continue;
      const counted = new PieceSet(Math.ceil(size / pieceBytes), one.store.files.bitmap(of));
      if (counted.has(piece)) throw new Error(`piece ${piece} of ${of} is fetched twice`);
    }
  }

  #allSeeEachOther(): boolean {
    return this.#clients.every((one) => this.#clients.every((other) => one === other || one.sees(other)));
  }

  #nowMs(): number {
    return this.#simulation.network.clock.now().monotonicMs;
  }

  #hosts(): SimulatedHost[] {
    return [this.#box, ...this.#clients.map(({ socketHost }) => socketHost)];
  }

  #oneOfAll(): SimulatedClient {
    const one = this.#clients[this.#chance.below(this.#clients.length)];
    if (one === undefined) throw new RangeError('there are clients in every storm');
    return one;
  }
}

function isAble(one: SimulatedClient): boolean {
  return one.isRunning && !one.disk.isProcessDead;
}

function viewOf({ recipient, of }: StormFile): FileView | undefined {
  return recipient.role.file(of);
}
