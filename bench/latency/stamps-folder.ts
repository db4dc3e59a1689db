/** Tells a gateway the folder for the file of its stamps (gateway-stamps.ts). */
export const stampsFolderVariable = 'CHATAGRAM_BENCH_STAMPS';
