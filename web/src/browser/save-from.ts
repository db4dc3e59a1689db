/** Lets the browser save what is at this path of the gateway. The page stays where it is. */
export function saveFrom(path: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = path;
  link.download = fileName;
  link.click();
}
