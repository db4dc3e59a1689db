/** Black and bright white, whatever the colours of the terminal are. A phone reads no code with the colours exchanged. */
const colours = '\x1b[40;97m';
const reset = '\x1b[0m';
/** Light modules around the code. ISO/IEC 18004 wants four; two are enough on a screen, and the code fits into more windows. */
const margin = 2;

/** Returns a QR code as lines of a terminal with so many columns, two rows of the code in each. None if it is wider. */
export async function qrCodeLines(text: string, columns: number): Promise<readonly string[]> {
  // Loaded only now: most starts draw no code.
  const { default: qrcode } = await import('qrcode');
  // The character of light modules is a full block, so the letters are light and the background is dark.
  const drawn = await qrcode.toString(text, {
    type: 'utf8',
    margin,
    errorCorrectionLevel: 'L',
    color: { dark: '#ffffff', light: '#000000' },
  });
  const lines = drawn.split('\n');
  const [first = ''] = lines;
  return first.length > columns ? [] : lines.map((line) => `${colours}${line}${reset}`);
}
