/**
 * Extensions by which a system runs a file, or installs or mounts what is in it, when the user opens the file. A system decides by the
 * extension and not by the bytes. So do the documents that carry macros.
 */
const runnableExtensions: readonly string[] = [
  // Windows: programs, their libraries, installers.
  'exe com scr pif cpl msc dll ocx sys drv efi msi msp mst msix msixbundle appx appxbundle appinstaller application gadget xbap',
  // Windows: scripts and macros of the shell.
  'bat cmd ps1 ps1xml ps2 psc1 psc2 psd1 psm1 vb vbe vbs js jse mjs ws wsc wsf wsh hta sct bgi ahk',
  // Windows: files that point to a program or to another machine, or change settings.
  'lnk url scf inf ins isp job reg shb shs cdxml appref-ms library-ms search-ms searchconnector-ms settingcontent-ms',
  'website theme themepack desktopthemepackfile diagcab diagcfg rdp chm hlp cab partial mcf ade adp mde mad maf mag mam maq mar mas mat mau mav maw',
  // Office: macros, add-ins, and queries that run commands.
  'docm dotm xlsm xltm xlam xla xll wll wwl pptm potm ppam ppa ppsm sldm iqy oqy rqy slk',
  // Images of disks: what is in them does not carry the mark of a download.
  'iso img vhd vhdx dmg smi toast cdr sparseimage sparsebundle',
  // macOS.
  'app command tool workflow action terminal scpt scptd applescript osax osas pkg mpkg kext prefpane saver mobileconfig',
  'inetloc fileloc webloc ftploc afploc mailloc wdgt qlgenerator plugin dylib bundle mdimporter',
  // Linux.
  'sh bash csh ksh zsh fish run bin out elf o so ko desktop appimage deb rpm snap flatpak flatpakref flatpakrepo service',
  // Everywhere: programs of a runtime that registers its extension.
  'jar jnlp class py pyc pyd pyo pyw pyz pyzw pl rb php php3 phtml tcl lua swf air crx xpi nupkg vsix',
  // Phones.
  'apk apks apkm xapk aab ipa',
];

/**
 * Extensions of documents, pictures, sounds, films and archives that people send. A name ends with another one that only looks like one of
 * these if it is in letters of another script.
 */
const documentExtensions: readonly string[] = [
  'pdf doc docx dot odt rtf txt md tex pages epub csv tsv xls xlsx xlt ods numbers ppt pptx pps ppsx odp key log json xml yaml yml html htm',
  'jpg jpeg png gif webp avif heic heif bmp tif tiff ico svg psd raw',
  'mp3 wav flac ogg oga opus m4a aac wma mp4 m4v mov avi mkv webm wmv mpg mpeg',
  'zip rar 7z tar gz tgz bz2 xz zst eml msg ics vcf ttf otf',
];

const runnable = new Set(runnableExtensions.flatMap((line) => line.split(' ')));

/** All extensions that users know. Another one can imitate them. */
export const knownExtensions: readonly string[] = [
  ...runnable,
  ...documentExtensions.flatMap((line) => line.split(' ')),
];

/** Windows takes an extension of this form for the type with this number. */
const classIdentifier = /^\{[0-9a-f-]{36}\}$/;

/** Takes an extension in lower case and without its dot. */
export function isRunnable(extension: string): boolean {
  return runnable.has(extension) || classIdentifier.test(extension);
}
