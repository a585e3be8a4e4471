// Keeps the page in step with /world.json. Without it, the page reloads itself.
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
const svg = document.querySelector('svg');
const NS = 'http://www.w3.org/2000/svg';
let before = null;

const depth = (q) => {
  const parts = [];
  if (q.waiting) parts.push(`${q.waiting} waiting`);
  if (q.in_flight) parts.push(`${q.in_flight} in work`);
  if (q.delayed) parts.push(`${q.delayed} later`);
  return parts.join(' · ') || 'empty';
};
const total = (q) => (q ? q.waiting + q.in_flight + q.delayed : 0);
const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function rows(id, lines, none) {
  const body = document.getElementById(id);
  const filled = lines.length ? lines : [[none]];
  body.replaceChildren(...filled.map((cells) => {
    const row = document.createElement('tr');
    row.append(...cells.map((cell) => Object.assign(document.createElement('td'), {textContent: cell})));
    return row;
  }));
}

function travel(key) {
  const way = svg.querySelector(`[data-way="${CSS.escape(key)}"]`);
  const node = svg.querySelector(`[data-node="${CSS.escape(key.split('>').pop())}"]`);
  if (node) {
    node.classList.add('moved');
    setTimeout(() => node.classList.remove('moved'), 900);
  }
  if (!way || still) return;
  const dot = document.createElementNS(NS, 'circle');
  dot.setAttribute('r', '5');
  dot.setAttribute('class', 'dot');
  const length = way.getTotalLength();
  let start = null;
  const step = (now) => {
    start ??= now;
    const part = Math.min(1, (now - start) / 800);
    const point = way.getPointAtLength(length * part);
    dot.setAttribute('cx', point.x);
    dot.setAttribute('cy', point.y);
    if (part < 1) requestAnimationFrame(step); else dot.remove();
  };
  svg.append(dot);
  requestAnimationFrame(step);
}

function show(world) {
  put(document.getElementById('now'), world.now.replace('T', ' ').replace('+00:00', ' UTC'));
  put(document.getElementById('letters'), String(world.letters));
  put(document.getElementById('silent'), world.broken.scanner ? 'The scanner is silent: nothing that was uploaded becomes clean.' : '');
  for (const node of svg.querySelectorAll('[data-node]')) {
    const name = node.dataset.node;
    const count = node.querySelector('.count');
    if (world.queues[name]) put(count, depth(world.queues[name]));
    if (world.buckets[name]) put(count, `${world.buckets[name].objects} files`);
    if (world.tables[name]) put(count, `${world.tables[name].items} items · ${world.tables[name].due} due`);
    if (node.dataset.node === 'SES') {
      put(count, world.broken.ses ? 'broken' : `${world.letters} letters`);
    }
    if (node.dataset.node === 'Scanner') put(count, world.broken.scanner ? 'silent' : 'at work');
    const trouble = node.querySelector('.trouble');
    const dead = total(world.queues[node.dataset.dead]);
    if (trouble) put(trouble, dead ? `${dead} dead` : '');
  }
  for (const button of document.querySelectorAll('[data-service]')) {
    const broken = button.dataset.service in world.broken;
    button.setAttribute('aria-pressed', String(broken === (button.dataset.broken === 'true')));
  }
  rows('events', world.happened.map((e) => [e.at.slice(11, 19), e.what, e.where]), 'Nothing yet');
  rows('due', [...world.due.map((d) => [d.at.slice(0, 19).replace('T', ' '), d.waits_for ? `${d.what}: waits for ${d.waits_for}` : d.what]),
    ...world.coming.map((c) => [c.at.slice(0, 19).replace('T', ' '), c.what])], 'Nothing is due');
  rows('failures', world.failures.slice(0, 20).map((f) => [f.at.slice(11, 19), f.kind, f.from, f.note]), 'None');
  if (before) {
    for (const [key, count] of Object.entries(world.moves)) {
      if (count > (before.moves[key] ?? 0)) travel(key);
    }
  }
  before = world;
}

async function look() {
  try {
    show(await (await fetch('/world.json')).json());
    document.getElementById('state').textContent = 'live';
  } catch {
    document.getElementById('state').textContent = 'stopped';
  }
  setTimeout(look, document.hidden ? 5000 : 800);
}
look();
