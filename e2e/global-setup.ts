import { programBuilds, setUp } from '../scripts/setup.mjs';

/** Builds the web app and the gateway again when their sources have changed. */
export default async function globalSetup(): Promise<void> {
  await setUp(programBuilds);
}
