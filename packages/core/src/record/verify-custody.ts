import canonicalize from 'canonicalize';
import { checkOptions } from '../errors/check-options.ts';
import { sha256 } from '../runtime/sha256.ts';
import { type HandoffRecord, isEnd, isTaskRecord } from './handoff-record.ts';
import { type StoredBody, saltedForm } from './stored-body.ts';

/**
 * What can be wrong with a log: a record was `edited`; one is `missing`, `repeated` or out of
 * `order`; two follow the same one (`forked`); one belongs to another task (`spliced`); a link leads
 * nowhere (`unlinked`); a handoff's records disagree about what it is (`retargeted`) or come in an
 * impossible order (`transition`); a body was changed (`body-edited`); the log is shorter than its
 * expected head says (`truncated`).
 */
export type CustodyProblemKind =
  | 'edited'
  | 'missing'
  | 'repeated'
  | 'order'
  | 'forked'
  | 'spliced'
  | 'unlinked'
  | 'retargeted'
  | 'transition'
  | 'body-edited'
  | 'truncated';

/** One thing that is wrong. */
export interface CustodyProblem {
  readonly kind: CustodyProblemKind;
  /** The place of the record in the list that was verified, from 0. */
  readonly index: number;
  readonly recordId?: string;
  readonly message: string;
}

/** What a verification found. */
export interface CustodyReport {
  /** True where there are no problems. */
  readonly intact: boolean;
  readonly problems: readonly CustodyProblem[];
  /** Whether the tail is there too; only an expected head can tell. */
  readonly complete: boolean | 'unknown';
  /** Digest of the newest record: keep it elsewhere, and a later verification can find a lost tail. */
  readonly head?: string;
  /** Records looked at. */
  readonly records: number;
  /** Bodies looked at; a body that is gone is no problem, its record says what it was. */
  readonly bodies: number;
}

/** What a verification may use besides the records. */
export interface VerifyCustodyOptions {
  /** The digest of the record that must be the newest. */
  readonly expectedHead?: string;
  readonly bodies?: readonly StoredBody[];
}

const optionNames = {
  expectedHead: true,
  bodies: true,
} satisfies Record<keyof VerifyCustodyOptions, true>;

/**
 * Checks one task's log by itself: every digest, every link, every handoff's course. It shares no code
 * with what wrote the log: canonical forms come from the `canonicalize` library.
 */
export async function verifyCustody(
  records: readonly HandoffRecord[],
  options: VerifyCustodyOptions = {},
): Promise<CustodyReport> {
  checkOptions('verifyCustody', options, optionNames);
  const { expectedHead, bodies = [] } = options;
  const problems: CustodyProblem[] = [];
  const report = (kind: CustodyProblemKind, index: number, message: string): void => {
    const recordId = records[index]?.recordId;
    problems.push({ kind, index, message, ...(recordId === undefined ? {} : { recordId }) });
  };
  await checkDigests(records, report);
  // What has lost its shape is edited; its links and its course are looked at as far as they go.
  const shaped = records.map(inShape);
  checkLinks(shaped, report);
  checkCourses(shaped, report);
  await checkBodies(shaped, bodies, report);

  const head = shaped.at(-1)?.digest;
  const complete = expectedHead === undefined ? 'unknown' : head === expectedHead;
  if (complete === false) {
    report(
      'truncated',
      Math.max(0, records.length - 1),
      `The newest record should be ${expectedHead}.`,
    );
  }
  return {
    intact: problems.length === 0,
    problems,
    complete,
    records: records.length,
    bodies: bodies.length,
    ...(head === undefined ? {} : { head }),
  };
}

type Report = (kind: CustodyProblemKind, index: number, message: string) => void;

async function checkDigests(records: readonly HandoffRecord[], report: Report): Promise<void> {
  for (const [index, record] of records.entries()) {
    const { digest, ...content } = record ?? {};
    if (typeof digest !== 'string' || (await digestOf(content)) !== digest) {
      report('edited', index, `Record ${record?.seq} is not what its digest says.`);
    }
  }
}

/** A log from outside may hold anything. */
function inShape(record: HandoffRecord): HandoffRecord {
  return Array.isArray(record?.parents) ? record : { ...record, parents: [] };
}

async function digestOf(value: unknown): Promise<string | undefined> {
  try {
    const text = canonicalize(value);
    return text === undefined ? undefined : await sha256(text);
  } catch {
    return undefined;
  }
}

function checkLinks(records: readonly HandoffRecord[], report: Report): void {
  const seen = new Set<string>();
  const followed = new Set<string>();
  const taskId = records[0]?.taskId;
  for (const [index, record] of records.entries()) {
    const before = records[index - 1];
    const place = before ? before.seq + 1 : 1;
    const linkedTo = record.parents.at(0);
    if (seen.has(record.digest))
      report('repeated', index, `Record ${record.seq} was there before.`);
    else if (record.seq > place)
      report('missing', index, `Records ${place} to ${record.seq - 1} are missing.`);
    else if (record.seq < place)
      report('order', index, `Record ${record.seq} stands where ${place} belongs.`);
    if (record.taskId !== taskId)
      report('spliced', index, `Record ${record.seq} is of task ${record.taskId}.`);
    if (record.seq > 1 && linkedTo !== undefined && followed.has(linkedTo)) {
      report('forked', index, `Record ${record.seq} follows a record that another one follows.`);
    } else if (linkedTo !== (record.seq > 1 ? before?.digest : linkedTo)) {
      report('unlinked', index, `Record ${record.seq} doesn't follow the record before it.`);
    }
    for (const parent of record.parents) {
      if (!seen.has(parent))
        report('unlinked', index, `Record ${record.seq} continues an unknown record.`);
    }
    if (record.seq > 1 && linkedTo !== undefined) followed.add(linkedTo);
    seen.add(record.digest);
  }
}

const courses: Readonly<Record<string, readonly string[]>> = {
  requested: ['accepted', 'rejected', 'cancelled', 'failed', 'approval-requested'],
  accepted: ['accepted', 'completed', 'failed', 'cancelled', 'approval-requested'],
  'approval-requested': ['accepted', 'approval-decided', 'failed', 'cancelled', 'rejected'],
  'approval-decided': ['accepted', 'completed', 'failed', 'cancelled', 'rejected'],
};

const constant = ['source', 'target', 'reason', 'origin', 'contextDigest', 'replayOf'] as const;

function checkCourses(records: readonly HandoffRecord[], report: Report): void {
  const first = new Map<string, HandoffRecord>();
  const newest = new Map<string, HandoffRecord>();
  for (const [index, record] of records.entries()) {
    if (isTaskRecord(record)) continue;
    const before = newest.get(record.handoffId);
    const allowed = before === undefined ? ['requested'] : (courses[before.type] ?? []);
    if (!allowed.includes(record.type)) {
      const what = before === undefined ? 'begins with' : `goes from "${before.type}" to`;
      report('transition', index, `Handoff ${record.handoffId} ${what} "${record.type}".`);
    }
    const opening = first.get(record.handoffId);
    if (opening === undefined) first.set(record.handoffId, record);
    else {
      const changed = constant.filter((key) => opening[key] !== record[key]);
      if (changed.length > 0) {
        report(
          'retargeted',
          index,
          `Handoff ${record.handoffId} changes its ${changed.join(', ')}.`,
        );
      }
    }
    if (isEnd(record) && record.type !== 'rejected' && record.outcomeDigest === undefined) {
      report('transition', index, `Handoff ${record.handoffId} ends without an outcome.`);
    }
    newest.set(record.handoffId, record);
  }
}

async function checkBodies(
  records: readonly HandoffRecord[],
  bodies: readonly StoredBody[],
  report: Report,
): Promise<void> {
  const lastUse = new Map<string, number>();
  for (const [index, record] of records.entries()) {
    lastUse.set(record.contextDigest, index);
    if (record.outcomeDigest !== undefined) lastUse.set(record.outcomeDigest, index);
    if (record.runDigest !== undefined) lastUse.set(record.runDigest, index);
  }
  for (const body of bodies) {
    const digest = await bodyDigest(body);
    if (digest === undefined || digest !== body.digest) {
      report(
        'body-edited',
        lastUse.get(body?.digest) ?? -1,
        `The body ${body?.digest} is not what its digest says.`,
      );
    } else if (!lastUse.has(digest)) {
      report('body-edited', -1, `No record speaks of the body ${digest}.`);
    }
  }
}

/** The text itself must be canonical: bytes that only parse to the same value are not what was hashed. */
async function bodyDigest(body: StoredBody): Promise<string | undefined> {
  try {
    const { json, salt } = body;
    return canonicalize(JSON.parse(json)) === json
      ? await sha256(saltedForm(json, salt))
      : undefined;
  } catch {
    return undefined;
  }
}
