// Two short notes, made here: no file to fetch. Silent where the browser wants a touch first.
const NOTES = [
  [880, 0],
  [1174.7, 0.12],
];
let context;

export const chime = () => {
  context ??= new AudioContext();
  context.resume().catch(() => null);
  for (const [pitch, wait] of NOTES) {
    const start = context.currentTime + wait;
    const [tone, loud] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, start);
    loud.gain.exponentialRampToValueAtTime(0.18, start + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(loud).connect(context.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  }
};
