import { builtinModules } from 'node:module';
import type { OxlintOverride } from 'oxlint';

/**
 * The layers of the core, lowest first. A layer imports only layers that stand before it here, and
 * a folder in `packages/core/src` that isn't listed fails the check. This list is the only place
 * where the order is written: the lint rules and their proof are made from it.
 */
export const layers = [
  'errors',
  'runtime',
  'events',
  'context',
  'agent',
  'policy',
  'execution',
  'record',
  'line',
  'patterns',
  'manager',
] as const;

export interface ImportBan {
  /** A regular expression over the text between the quotes of an import. */
  readonly regex: string;
  readonly message: string;
}

const nodeModules = builtinModules.filter((name) => !name.startsWith('_') && !name.includes(':'));

/** Another package's files, by its name or by a path that walks into its folder. */
const deepImport: ImportBan[] = [
  {
    regex: '^@agent-handoff/[^/]+/(?:src|dist)(?:/|$)',
    message: 'Import a public entry of the package: the names under "exports" in its package.json.',
  },
  {
    regex: '^(?:\\.\\./)+(?:[^./][^/]*/)+(?:src|dist)/',
    message: "Import another package by its name; a path must not leave the package's folder.",
  },
];

const nodeOnly: ImportBan = {
  regex: `^(?:node:.*|(?:${nodeModules.join('|')})(?:/.*)?)$`,
  message: 'The core runs in edge runtimes and browsers: no static import of a Node module.',
};

const ownName: ImportBan = {
  regex: '^@agent-handoff/',
  message: 'The core depends on no package of this repository; import its own files by path.',
};

const publicEntry: ImportBan = {
  regex: '^(?:\\.\\./)+[^./][^/]*$',
  message: 'A file directly in src/ is a public entry, built from the layers: no layer imports it.',
};

function upward(layer: string, index: number): ImportBan[] {
  const above = layers.slice(index + 1);
  if (above.length === 0) return [];
  return [
    {
      regex: `^(?:\\.{1,2}/)+(?:[^./][^/]*/)*(?:${above.join('|')})(?:/|$)`,
      message: `\`${layer}\` imports only layers below it; this one stands above (scripts/layers.ts).`,
    },
  ];
}

function restrict(files: string[], patterns: ImportBan[]): OxlintOverride {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** The layer law as lint overrides; the last one that matches a file holds for it. */
export function layerOverrides(): OxlintOverride[] {
  const core = 'packages/core/src';
  return [
    restrict(['{packages,examples}/*/**/*.ts', 'benchmarks/**/*.ts'], deepImport),
    restrict([`${core}/*.ts`], [...deepImport, nodeOnly, ownName]),
    ...layers.map((layer, index) =>
      restrict(
        [`${core}/${layer}/**/*.ts`],
        [...deepImport, nodeOnly, ownName, publicEntry, ...upward(layer, index)],
      ),
    ),
    // A test ships nothing: it may read files and drive its subject through the layers above.
    restrict([`${core}/**/*.test.ts`, `${core}/**/*.test-d.ts`], [...deepImport, ownName]),
  ];
}
