/**
 * The features that Playwright switches off. Of two lists on a command line, Chromium reads the last one only, so ours repeats this one.
 * It is `disabledFeatures` in Playwright's chromiumSwitches.ts.
 */
const disabledByPlaywright = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

/** A full Chromium opens two hidden pages in each window, for the popups of its address bar. Both are processes. */
const popupsOfTheAddressBar = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'];

/** It also keeps a process ready for a page that the user may open next. */
const spareProcess = ['SpareRendererForSitePerProcess'];

/** An argument for Chromium. Without these processes, the tests take a sixth less of the processor in a full Chromium. */
export const disabledFeatures = `--disable-features=${[
  ...disabledByPlaywright,
  ...popupsOfTheAddressBar,
  ...spareProcess,
].join(',')}`;
