export {
  type HandoffNodeOptions,
  type HandoffNodeUpdate,
  handoffNode,
} from './handoff/handoff-node.ts';
export { type TransferToolOptions, transferTool } from './handoff/transfer-tool.ts';
