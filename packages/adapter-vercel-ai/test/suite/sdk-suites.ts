import { failureSuite } from './failure-suite.ts';
import { optionsSuite } from './options-suite.ts';
import { outputSuite } from './output-suite.ts';
import { conformanceSuite } from './conformance-suite.ts';
import type { Sdk } from './sdk.ts';
import { streamingSuite } from './streaming-suite.ts';
import { toolLoopSuite } from './tool-loop-suite.ts';

/** Everything that the package promises, on one version of the AI SDK. */
export function sdkSuites(sdk: Sdk): void {
  conformanceSuite(sdk);
  toolLoopSuite(sdk);
  outputSuite(sdk);
  optionsSuite(sdk);
  streamingSuite(sdk);
  failureSuite(sdk);
}
