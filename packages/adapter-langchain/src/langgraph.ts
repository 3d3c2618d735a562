export {
  type HandoffNodeOptions,
  type HandoffNodeState,
  type HandoffNodeUpdate,
  handoffNode,
} from './handoff/handoff-node.ts';
export { type TransferToolOptions, transferTool } from './handoff/transfer-tool.ts';
