// Plain JavaScript without packages, for Node 18 and newer, like the help page.

/**
 * Returns what the user types to start this program: in a checkout `npm start --`, which sets both variables, and otherwise the
 * name of the installed program.
 * @param {Readonly<Record<string, string | undefined>>} environment
 */
export function commandName(environment = process.env) {
  const { npm_lifecycle_event: script, npm_package_name: project } = environment;
  return script === 'start' && project === 'chatagram' ? 'npm start --' : 'chatagram';
}
