import { type Node, Parser } from 'commonmark';

/**
 * What a CommonMark parser makes of a prompt: headings, labels, lists and fences in their order. Runs
 * of ordinary text are one `text`, whether as paragraphs or as code blocks; everything else that a
 * parser can find (quotes, rules, HTML, links, emphasis) is named and so shows up as a difference.
 */
export function promptStructure(prompt: string): string[] {
  const found: string[] = [];
  const add = (entry: string): void => {
    if (entry !== 'text' || found.at(-1) !== 'text') found.push(entry);
  };
  for (const block of children(new Parser().parse(prompt))) {
    if (block.type === 'heading') add(`h${block.level} ${textOf(block)}`);
    else if (block.type === 'list') {
      add(`list of ${children(block).length}`);
      for (const item of children(block)) found.push(...labelsOf(item));
    } else if (block.type === 'paragraph') {
      const text = textOf(block);
      const labels = labelsOf(block);
      if (/^(?:BEGIN|END) UNTRUSTED DATA/.test(text)) add(text);
      else if (labels.length > 0) found.push('labels', ...labels);
      else add('text');
    } else add(block.type === 'code_block' && !block.info ? 'text' : block.type);
  }
  return found;
}

/** The strong texts of a block, without their own words where these are a finding's key. */
function labelsOf(block: Node): string[] {
  const found: string[] = [];
  const walker = block.walker();
  for (let event = walker.next(); event; event = walker.next()) {
    const { node } = event;
    if (!event.entering) continue;
    if (node.type === 'strong') found.push(block.type === 'item' ? 'finding' : textOf(node));
    else if (!['item', 'paragraph', 'text', 'softbreak', 'linebreak', 'code'].includes(node.type)) {
      found.push(node.type);
    }
  }
  return found;
}

function textOf(node: Node): string {
  let text = '';
  const walker = node.walker();
  for (let event = walker.next(); event; event = walker.next()) {
    if (event.entering) text += event.node.literal ?? (event.node.type === 'softbreak' ? '\n' : '');
  }
  return text;
}

function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.next) found.push(child);
  return found;
}

/**
 * What a scan line by line takes for headings, labels and findings, at whatever someone may take for
 * the end of a line.
 */
export function scannedLabels(prompt: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: line ends of terminals and editors
  return prompt.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/).flatMap((line) => {
    if (/^#{1,6} /.test(line) || /^(?:=+|-+)\s*$/.test(line)) return [line];
    const label = /^\*\*[^*]+:\*\*/.exec(line)?.[0];
    if (label !== undefined) return [label];
    if (/^- \*\*[^*]+:\*\*/.test(line)) return ['finding'];
    if (/^(?:BEGIN|END) UNTRUSTED/i.test(line)) return [line];
    return /^(?:[-*+>|<[]|```|~~|\d+[.)]\s)/.test(line) ? [`other: ${line}`] : [];
  });
}
