/** Two short notes, a fifth apart. */
const notes = [
  { hertz: 659.3, startS: 0 },
  { hertz: 987.8, startS: 0.11 },
] as const;
const noteS = 0.35;
const loudness = 0.12;

let audio: AudioContext | undefined;

/** Plays the sound of a notification. Browsers allow a page to make sounds after the user has done something in it. */
export function playTone(): void {
  if (!navigator.userActivation.hasBeenActive) return;
  try {
    audio ??= new AudioContext();
    // A browser lets it sleep after a while.
    void audio.resume();
    for (const { hertz, startS } of notes) playNote(audio, hertz, audio.currentTime + startS);
  } catch {
    // The system has no place for sounds, or the browser has too many. The notification is there without it.
  }
}

function playNote(context: AudioContext, hertz: number, atS: number): void {
  const note = new OscillatorNode(context, { type: 'sine', frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, atS);
  volume.gain.linearRampToValueAtTime(loudness, atS + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.001, atS + noteS);
  note.connect(volume).connect(context.destination);
  note.start(atS);
  note.stop(atS + noteS);
}
