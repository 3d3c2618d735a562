import { approvalSuite } from './approval-suite.ts';
import { conformanceSuite } from './conformance-suite.ts';
import { endingSuite } from './ending-suite.ts';
import { failureSuite } from './failure-suite.ts';
import { messagesSuite } from './messages-suite.ts';
import { optionsSuite } from './options-suite.ts';
import { outputSuite } from './output-suite.ts';
import { receiveSuite } from './receive-suite.ts';
import { runSuite } from './run-suite.ts';
import type { Sdk } from './sdk.ts';
import { streamingSuite } from './streaming-suite.ts';
import { swapSuite } from './swap-suite.ts';
import { toolLoopSuite } from './tool-loop-suite.ts';
import { toolsSuite } from './tools-suite.ts';
import { uiSuite } from './ui-suite.ts';

/** Everything that the package promises, on one version of the AI SDK. */
export function sdkSuites(sdk: Sdk): void {
  conformanceSuite(sdk);
  messagesSuite(sdk);
  receiveSuite(sdk);
  toolsSuite(sdk);
  uiSuite(sdk);
  approvalSuite(sdk);
  runSuite(sdk);
  swapSuite(sdk);
  endingSuite(sdk);
  toolLoopSuite(sdk);
  outputSuite(sdk);
  optionsSuite(sdk);
  streamingSuite(sdk);
  failureSuite(sdk);
}

/** What depends most on the version; everything with FULL=1. */
export function floorSuites(sdk: Sdk): void {
  const suites = process.env.FULL
    ? [sdkSuites]
    : [receiveSuite, toolsSuite, uiSuite, approvalSuite, runSuite, swapSuite, endingSuite];
  for (const suite of suites) suite(sdk);
}
