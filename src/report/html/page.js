/*
 * Draws the documents of this page: nothing is fetched, nothing is computed that is not in them but
 * sums and shares. Text of documents becomes text nodes only, never markup.
 */
'use strict';
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const CAUSES = [['alone', 'work, as it takes alone'], ['contention', 'contention'],
    ['entering', 'entering: hand-overs and what they slow'], ['waiting', 'waiting'],
    ['barrier', 'barrier: done, others are not']];

  const PROOFS = { no: 'no', 'event-waits': 'among schedules that wait for events only',
    all: 'among all schedules' };

  // ---- elements ------------------------------------------------------------------------------
  const fill = (node, attributes, children) => {
    for (const [key, value] of Object.entries(attributes || {}))
      if (value !== null && value !== undefined && value !== false)
        node.setAttribute(key, value === true ? '' : value);
    for (const child of children.flat(4))
      if (child !== null && child !== undefined && child !== false)
        node.append(child.nodeType ? child : document.createTextNode(String(child)));
    return node;
  };
  const el = (tag, attributes, ...children) =>
    fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);
  const section = (title, ...children) => {
    const id = 'h-' + title.toLowerCase().replace(/[^a-z]+/g, '-');
    return el('section', { 'aria-labelledby': id }, el('h2', { id }, title), children);
  };
  const scroll = (label, ...children) =>
    el('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label }, children);
  const cell = (text, options) => el('td', { class: 'num', ...options }, text);
  const head = (...names) => el('thead', {}, el('tr', {}, names.map((name) =>
    el('th', { scope: 'col', class: name.startsWith('#') ? 'num' : null },
      name.replace(/^#/, '')))));

  // ---- numbers -------------------------------------------------------------------------------
  const known = (value) => typeof value === 'number' && isFinite(value);
  const digits = (value) => {
    if (!known(value)) return '-';
    const size = Math.abs(value);
    if (size === 0) return '0';
    const decimals = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(size))));
    return value.toFixed(decimals);
  };
  const ms = (value) => known(value) ? digits(value) + ' ms' : '-';
  const percent = (value) => {
    if (!known(value)) return '-';
    const text = value.toFixed(1);
    return Number(text) === 0 ? '0 %' : (value > 0 ? '+' : '') + text + ' %';
  };
  const share = (value) => known(value) ? (100 * value).toFixed(0) + ' %' : '-';

  /* As a book would set it: the terminal's words have ASCII only. */
  const typeset = (words) => words.replace(/\+- /g, '±\u00a0').replace(/(\d) (%|ms)/g, '$1\u00a0$2');

  // ---- documents -----------------------------------------------------------------------------
  const documents = [...document.querySelectorAll('script.haxconn-document')]
    .map((node) => JSON.parse(node.textContent));
  const of = (schema) => documents.find((one) => one.schema === 'haxconn/' + schema);
  const result = of('result');
  const streams = documents.filter((one) => one.schema === 'haxconn/stream' && one.final);
  const schedule = result ? result.schedule : of('schedule');
  const problem = (result && result.problem) || of('problem');
  const platform = result ? result.platform : of('platform');
  const rounds = platform && platform.simulated ? 'simulated' : 'measured';
  const networks = problem ? problem.instances.map((one) => one.name)
    : schedule ? Object.keys(schedule.assignment) : [];
  const color = (name) => 'var(--n' + Math.max(0, networks.indexOf(name)) % 8 + ')';
  const letter = (name) => {
    const index = networks.indexOf(name);
    return index < 0 ? '?' : index < 26 ? String.fromCharCode(65 + index) : 'N' + index;
  };
  const specOf = (row, name) => {
    const from = row && row.reference && result ? result.reference_problem : problem;
    return from && from.instances.find((one) => one.name === name);
  };
  const layers = (row, name, group) => {
    const spec = specOf(row, name);
    return spec && spec.groups[group] ? spec.groups[group].name : '';
  };
  const costOn = (row, name, group, unit) => {
    const spec = specOf(row, name);
    const on = spec && spec.groups[group] && spec.groups[group].on;
    return on ? on[unit] : null;
  };

  // ---- rows: a deployment and its jobs -------------------------------------------------------
  const jobOf = (row, job, slowdown) => {
    const cost = costOn(row, job.instance, job.group, job.unit);
    return { ...job, slowdown,
      alone: job.part === 'run' && cost ? cost.time_ms : null,
      layers: layers(row, job.instance, job.group) };
  };
  const rowOfResult = (row) => {
    const made = { ...row, best: row.name === result.answer };
    const source = row.same_as ? result.rows.find((one) => one.name === row.same_as) : row;
    made.causes = source.causes || [];
    made.jobs = (source.jobs || []).map((job) => jobOf(row, {
      instance: job.instance, group: job.group, part: job.part, unit: job.unit, from: job.from,
      predicted: known(job.start_ms.predicted) && known(job.ms.predicted)
        ? { start: job.start_ms.predicted, took: job.ms.predicted } : null,
      // null: no times were taken between groups, and its own is in that of the last of them
      came: job.first_group === null ? null : { start: job.start_ms.median, took: job.ms.median,
        p25: job.ms.p25, p75: job.ms.p75, first: job.first_group ?? job.group },
    }));
    return made;
  };
  const rowsOfSchedule = () => {
    const plan = { name: schedule.name, predicted_value: schedule.value, best: true, jobs: [] };
    for (const [unit, jobs] of Object.entries(schedule.order))
      for (const job of jobs)
        plan.jobs.push(jobOf(plan, { instance: job.instance, group: job.group, part: job.part,
          unit, predicted: { start: job.start_ms, took: job.end_ms - job.start_ms } },
        job.slowdown));
    const others = (schedule.baselines || []).map((one) =>
      ({ name: one.name, predicted_value: one.value, cut_short: one.cut_short,
        unfinished: one.unfinished, jobs: [] }));
    return [plan, ...others];
  };
  const rows = result ? result.rows.map(rowOfResult) : schedule ? rowsOfSchedule() : [];
  const objective = schedule ? schedule.objective : 'latency';
  const valueUnit = objective === 'throughput' ? '1/ms' : 'ms';
  const unitsOf = (row) => {
    const from = row.reference && result ? result.reference_problem : problem;
    const names = from ? from.units.map((one) => one.name)
      : schedule ? Object.keys(schedule.order) : [];
    const used = new Set(row.jobs.map((job) => job.unit));
    return [...names.filter((name) => used.has(name)),
      ...[...used].filter((name) => !names.includes(name))];
  };

  // ---- verdict -------------------------------------------------------------------------------
  const figure = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value));
  const scheduleFigures = () => [
    figure(objective, digits(schedule.value) + ' ' + valueUnit),
    known(schedule.bound) && figure('no schedule is better than',
      digits(schedule.bound) + ' ' + valueUnit),
    figure('proven optimal', PROOFS[schedule.proven] || schedule.proven),
  ];
  const resultFigures = () => {
    const best = rows.find((row) => row.best) || rows[0];
    return [figure('to deploy', best.name), figure('round, ' + rounds, ms(best.measured_ms.median)),
      figure('predicted', ms(best.predicted_ms)),
      figure('gain of haxconn', percent(result.gain_percent) + ' ± ' +
        (known(result.noise_percent) ? result.noise_percent.toFixed(1) : '-') + ' %'),
      figure('rounds', result.rounds)];
  };
  const warnings = () => [
    platform && platform.simulated && 'Simulated: nothing was measured here, times come ' +
      'from the platform ' + platform.name + '.',
    platform && platform.emulated && 'Emulated: one of two equal units is held back as a ' +
      'stand-in for another device.',
    result && result.outputs_checked && !result.outputs_equal &&
      'Outputs differ from those of a single unit: no gain is claimed.',
    result && result.disturbed > 0 && result.disturbed + ' of the rounds were disturbed: the ' +
      'host took processors away in them.',
  ].filter(Boolean);
  const streamWords = (one) => one.deployment + ': ' + one.networks.map((n) => n.name + ' ' +
    digits(n.ended_per_s) + ' frames a second' + (n.latency ? ', 99 % within ' +
    ms(n.latency.p99_ms) : '') + (n.missed ? ', ' + n.missed + ' behind their deadline' : '') +
    (n.dropped ? ', ' + n.dropped + ' dropped' : '')).join('; ');
  const verdict = () => {
    const words = (result || schedule || {}).verdict ||
      (streams.length ? streamWords(streams[0]) : 'No verdict.');
    return el('section', { class: 'verdict ' + ((result && result.outcome) || '').replace(/ /g, '-'),
      'aria-label': 'Verdict' },
    el('p', {}, el('strong', {}, typeset(words))),
    warnings().map((words) => el('p', { class: 'warn' }, words)),
    el('dl', { class: 'figures' },
      result ? resultFigures() : schedule ? scheduleFigures() : []),
    result && result.outputs_checked && result.outputs_equal && el('p', { class: 'soft small' },
      'Outputs of all deployments equal those of a single unit within the tolerance.'),
    result && !result.outputs_checked && el('p', { class: 'soft small' },
      'Outputs were not compared: these units compute nothing.'));
  };

  // ---- deployments ---------------------------------------------------------------------------
  const top = (values) => Math.max(1e-9, ...values.filter(known));
  const interval = (row, end) => {
    const m = row.measured_ms || {};
    const x = (value) => (100 * value / end).toFixed(2) + '%';
    const line = (a, b, width, stroke) => known(a) && known(b) && svg('line',
      { x1: x(a), x2: x(b), y1: 11, y2: 11, stroke, 'stroke-width': width });
    const at = row.predicted_ms ?? row.predicted_value;
    const words = row.name + ': ' + (known(m.median) ? rounds + ' median ' + ms(m.median) +
      ', quartiles ' + ms(m.p25) + ' to ' + ms(m.p75) + ', fastest ' + ms(m.min) +
      ', 99 % below ' + ms(m.p99) + '; ' : '') + 'predicted ' + digits(at);
    return svg('svg', { width: '100%', height: 22, role: 'img', 'aria-label': words },
      svg('title', {}, words),
      line(0, end, 1, 'var(--mark)'),
      line(m.min, m.p99, 2, 'var(--soft)'), line(m.p25, m.p75, 9, 'var(--accent)'),
      known(m.median) && svg('line', { x1: x(m.median), x2: x(m.median), y1: 3, y2: 19,
        stroke: 'var(--ink)', 'stroke-width': 2.5 }),
      known(at) && svg('circle', { cx: x(at), cy: 11, r: 4, fill: 'var(--card)',
        stroke: 'var(--bad)', 'stroke-width': 2 }));
  };
  const rowLine = (row, end, withValue) => el('tr', { class: row.best ? 'best' : null },
    el('th', { scope: 'row' }, row.name + (row.cut_short ? ' (cut short)' : '')),
    el('td', { class: 'interval' }, interval(row, end)),
    result ? [cell(digits(row.predicted_ms)), cell(digits(row.measured_ms.median)),
      cell(digits(row.measured_ms.p25) + ' – ' + digits(row.measured_ms.p75)),
      cell(row.unpredicted ? '-' : percent(row.error_percent)),
      withValue && [cell(digits(row.predicted_value)),
        cell(digits((row.measured_value || {}).median))], cell(row.measured_ms.rounds)]
      : [cell(row.unfinished ? 'not finished' : digits(row.predicted_value)),
        cell(row.best || !known(row.predicted_value) || !schedule.value ? ''
          : percent(100 * (row.predicted_value / schedule.value - 1)))]);
  const deployments = () => {
    const scaled = rows.flatMap((row) => result
      ? [row.predicted_ms, row.measured_ms.p99, row.measured_ms.median] : [row.predicted_value]);
    const end = top(scaled) * 1.03;
    const withValue = result && objective !== 'latency';
    const names = result
      ? ['deployment', '0 to ' + digits(end) + ' ms', '#predicted ms', '#' + rounds + ' ms',
        '#quartiles', '#error', ...(withValue ? ['#' + objective + ' predicted', '#' + objective]
          : []), '#rounds']
      : ['deployment', '0 to ' + digits(end) + ' ' + valueUnit,
        '#' + objective + ' ' + valueUnit, '#difference'];
    const inside = rows.filter((row) => !row.reference), outside = rows.filter((r) => r.reference);
    return section('Deployments', el('p', { class: 'soft small' }, result
      ? 'Line: fastest round to 99 % of them; box: quartiles; bar: median; ring: prediction. ' +
        'All take turns in the same rounds.'
      : 'Ring: what the evaluator says; nothing was executed.'),
    scroll('Table of deployments', el('table', { class: 'wide' },
      head(...names),
      el('tbody', {}, inside.map((row) => rowLine(row, end, withValue)),
        outside.length > 0 && el('tr', { class: 'part' }, el('th', { colspan: names.length,
          scope: 'rowgroup' }, 'for reference, on units that the plan may not use')),
        outside.map((row) => rowLine(row, end, withValue))))),
    rows.filter((row) => row.unpredicted).map((row) => el('p', { class: 'soft small' },
      row.name + ' has no prediction: ' + row.unpredicted)));
  };

  // ---- timelines -----------------------------------------------------------------------------
  const together = (row, job, kind) => row.jobs
    .filter((other) => other !== job && other.instance !== job.instance && other[kind])
    .map((other) => ({ other, ms: Math.min(job[kind].start + job[kind].took,
      other[kind].start + other[kind].took) - Math.max(job[kind].start, other[kind].start) }))
    .filter((one) => one.ms > 1e-6).sort((a, b) => b.ms - a.ms);
  const isPlan = (row) => schedule && (result ? row.name === result.answer : row.best);
  const lostBeside = (row, job, other) => {
    const list = isPlan(row) && schedule.overlaps || [];
    const is = (name, one) => name[0] === one.instance && name[1] === one.group &&
      name[2] === one.part;
    const found = list.find((one) => is(one.job, job) && is(one.beside, other));
    return found ? found.lost_ms : null;
  };
  const nameOf = (job) => job.instance + (job.layers ? ' layers ' + job.layers : '') +
    ' (group ' + job.group + ({ run: '', out: ', hand-over out', in: ', hand-over in' }[job.part]) +
    ')';
  const describe = (row, job, kind) => {
    const lines = [nameOf(job) + ' on ' + job.unit + (job.from ? ', from ' + job.from : '')];
    if (job.predicted)
      lines.push('predicted: starts ' + ms(job.predicted.start) + ', takes ' +
        ms(job.predicted.took) + (known(job.alone) ? '; alone ' + ms(job.alone) +
        ', contention and entering ' + ms(Math.max(0, job.predicted.took - job.alone)) : ''));
    if (job.came)
      lines.push(rounds + ': starts ' + ms(job.came.start) + ', takes ' + ms(job.came.took) +
        ' (quartiles ' + ms(job.came.p25) + ' to ' + ms(job.came.p75) + ')' +
        (job.came.first < job.group ? ', groups ' + job.came.first + ' to ' + job.group + ' together'
          : ''));
    const beside = together(row, job, kind).slice(0, 3).map((one) => {
      const lost = lostBeside(row, job, one.other);
      return nameOf(one.other) + ' on ' + one.other.unit + ' for ' + ms(one.ms) +
        (known(lost) ? ', which costs ' + ms(lost) : '');
    });
    lines.push(beside.length ? 'beside ' + beside.join('; ') : 'nothing of others runs beside it');
    return lines;
  };
  const ticks = (end, count) => {
    const rough = end / Math.max(1, count), power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const list = [];
    for (let n = 0; n * step <= end * 1.0001; n++) list.push(n * step);
    return { list, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  };
  const drawJob = (row, job, kind, place, choose) => {
    const { x, y, width, height } = place;
    const lostShare = known(job.alone) && !(job[kind].first < job.group) && job[kind].took > job.alone
      ? 1 - job.alone / job[kind].took : 0;
    const groups = job[kind].first < job.group ? job[kind].first + '-' + job.group : job.group;
    const short = job.part === 'run' ? letter(job.instance) + groups : '';
    const node = svg('g', { class: 'job', role: 'img', 'aria-label': describe(row, job, kind)
      .join('; ') },
    svg('rect', { class: 'body', x, y, width, height, rx: 2, fill: color(job.instance),
      'fill-opacity': job.part === 'run' ? 1 : .45 }),
    lostShare > 0 && svg('rect', { class: 'lost', x: x + width * (1 - lostShare), y: y + 1,
      width: width * lostShare, height: height - 2 }),
    width > 8 * short.length + 4 && short && svg('text', { x: x + 4, y: y + height - 7 }, short));
    node.addEventListener('pointerenter', () => choose(node));
    node.addEventListener('click', () => choose(node));
    return node;
  };
  const timelineChart = (row, zoom, room, choose) => {
    const kinds = [['predicted', 'predicted'], ['came', rounds]]
      .filter(([kind]) => row.jobs.some((job) => job[kind]));
    const end = top(row.jobs.flatMap((job) => kinds.map(([kind]) =>
      job[kind] ? job[kind].start + job[kind].took : 0)));
    const units = unitsOf(row), lane = 26, gap = 12, label = 20, left = 2;
    const width = Math.max(260, room * zoom), scale = (width - left - 8) / end;
    const height = units.length * (label + kinds.length * lane + gap) + 26;
    const order = [], parts = [];
    units.forEach((unit, u) => {
      const y0 = u * (label + kinds.length * lane + gap);
      kinds.forEach(([kind, word], k) => {
        const y = y0 + label + k * lane;
        const jobs = row.jobs.filter((job) => job.unit === unit && job[kind])
          .sort((a, b) => a[kind].start - b[kind].start);
        parts.push(svg('rect', { x: left, y, width: end * scale, height: lane - 3,
          fill: 'var(--mark)' }));
        const nodes = jobs.map((job) => {
          const node = drawJob(row, job, kind, { x: left + job[kind].start * scale, y,
            width: Math.max(1, job[kind].took * scale), height: lane - 3 }, choose);
          node.detail = { row, job, kind };
          return node;
        });
        order.push(nodes);
        parts.push(svg('g', { role: 'list', 'aria-label': unit + ', ' + word }, nodes));
      });
    });
    const labels = units.map((unit, u) => svg('text', { class: 'unit',
      x: left, y: u * (label + kinds.length * lane + gap) + 14, 'font-weight': 600 }, unit,
    svg('tspan', { class: 'soft', 'font-weight': 400, dx: 8 },
      kinds.map(([, word]) => word).join(', below it '))));
    const marks = ticks(end, width / 90);
    const axis = marks.list.map((t) => svg('g', {},
      svg('line', { class: 'axis', x1: left + t * scale, x2: left + t * scale, y1: 0,
        y2: height - 20, 'stroke-dasharray': '2 4' }),
      svg('text', { class: 'soft', x: left + t * scale, y: height - 4,
        'text-anchor': t === 0 ? 'start' : left + t * scale > width - 30 ? 'end' : 'middle' },
      t.toFixed(marks.decimals) + (t === 0 ? ' ms' : ''))));
    const root = svg('svg', { width, height, viewBox: '0 0 ' + width + ' ' + height,
      role: 'group', 'aria-label': 'Timeline of ' + row.name }, axis, labels, parts);
    return { root, order: order.filter((nodes) => nodes.length), labels };
  };
  const timelines = () => {
    const shown = rows.filter((row) => row.jobs.length && !row.same_as);
    if (!shown.length) return null;
    let row = shown.find((one) => one.best) || shown[0], zoom = 1, at = [0, 0], chart = null;
    const detail = el('div', { class: 'detail', role: 'status', 'aria-live': 'polite' });
    const follow = () => chart && chart.labels.forEach((label) =>
      label.setAttribute('x', view.scrollLeft + 2));
    const view = el('div', { class: 'scroll chart', tabindex: 0, role: 'application',
      'aria-roledescription': 'timeline', 'aria-describedby': 'timeline-keys' });
    const idle = () => detail.replaceChildren(el('span', { class: 'soft' },
      'A job under the pointer, or chosen by arrow keys, is told here.'));
    const choose = (node) => {
      view.querySelectorAll('.on').forEach((one) => one.classList.remove('on'));
      node.classList.add('on');
      node.parentNode.append(node);
      chart.order.forEach((nodes, l) => nodes.forEach((one, j) => {
        if (one === node) at = [l, j];
      }));
      const { row, job, kind } = node.detail;
      detail.replaceChildren(...describe(row, job, kind).map((line, n) =>
        el('div', {}, n === 0 ? el('strong', {}, line) : line)));
    };
    const draw = () => {
      const middle = view.scrollWidth > view.clientWidth
        ? (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth : 0;
      chart = timelineChart(row, zoom, view.clientWidth || 900, choose);
      view.replaceChildren(chart.root);
      view.setAttribute('aria-label', 'Timeline of ' + row.name + ', zoom ' + zoom.toFixed(1));
      if (zoom > 1) view.scrollLeft = middle * view.scrollWidth - view.clientWidth / 2;
      follow();
    };
    const zoomBy = (factor) => { zoom = Math.min(64, Math.max(1, zoom * factor)); draw(); };
    const move = (lane, step) => {
      const lines = chart.order;
      const l = Math.min(lines.length - 1, Math.max(0, at[0] + lane));
      const j = Math.min(lines[l].length - 1, Math.max(0, lane ? Math.min(at[1],
        lines[l].length - 1) : at[1] + step));
      at = [l, j];
      choose(lines[l][j]);
      const box = lines[l][j].querySelector('rect.body');
      const x = Number(box.getAttribute('x')), w = Number(box.getAttribute('width'));
      if (x < view.scrollLeft || x + w > view.scrollLeft + view.clientWidth)
        view.scrollLeft = x - 40;
    };
    const keys = { ArrowRight: () => move(0, 1), ArrowLeft: () => move(0, -1),
      ArrowDown: () => move(1, 0), ArrowUp: () => move(-1, 0), Home: () => move(0, -1e9),
      End: () => move(0, 1e9), '+': () => zoomBy(1.5), '=': () => zoomBy(1.5),
      '-': () => zoomBy(1 / 1.5), 0: () => { zoom = 1; draw(); }, Escape: idle };
    view.addEventListener('keydown', (event) => {
      const act = !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key];
      if (act) { act(); event.preventDefault(); }
    });
    view.addEventListener('scroll', follow);
    view.addEventListener('wheel', (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1.25 : 0.8);
    }, { passive: false });
    const button = (word, label, act) => {
      const node = el('button', { type: 'button', 'aria-label': label }, word);
      node.addEventListener('click', act);
      return node;
    };
    const select = el('select', { 'aria-label': 'Deployment' }, shown.map((one) =>
      el('option', { value: one.name, selected: one === row },
        one.name + (one.reference ? ' (reference)' : one.best ? ' (best)' : ''))));
    select.addEventListener('change', () => {
      row = shown[select.selectedIndex];
      at = [0, 0];
      idle();
      draw();
    });
    idle();
    requestAnimationFrame(draw);
    addEventListener('resize', draw);
    addEventListener('beforeprint', () => { zoom = 1; draw(); });
    return section('Timelines',
      el('div', { class: 'tools' }, shown.length > 1 && select,
        button('−', 'Zoom out', () => zoomBy(1 / 1.5)), button('+', 'Zoom in', () => zoomBy(1.5)),
        button('Whole round', 'Show the whole round', () => { zoom = 1; draw(); })),
      el('div', { class: 'legend' }, networks.map((name) => el('span', {},
        el('span', { class: 'swatch', style: 'background:' + color(name) }),
        letter(name) + ' ' + name)),
      el('span', { class: 'soft' }, 'paler end: beyond the time alone; pale: hand-over')),
      view, detail, el('p', { class: 'soft small', id: 'timeline-keys' },
        'Keys: arrows choose a job, + and − zoom, 0 shows the whole round; Ctrl and the wheel ' +
        'zoom too. The number is the group’s.'));
  };

  // ---- where the time goes -------------------------------------------------------------------
  const causesBar = (causes, end) => el('div', { class: 'bar', 'aria-hidden': true,
    style: 'width:100%' }, CAUSES.map(([key]) => {
    const value = Math.max(0, causes[key + '_ms'] || 0);
    return el('span', { style: 'width:' + (100 * value / end).toFixed(3) + '%;background:var(--c-' +
      key + ')' });
  }));
  const causeLine = (name, word, causes, end) => el('tr', {}, el('th', { scope: 'row' }, name),
    el('td', { class: 'soft' }, word),
    el('td', { class: 'interval' }, causesBar(causes, end)), CAUSES.map(([key]) => {
      const value = causes[key + '_ms'];
      return cell(Math.abs(value) < 5e-5 ? '0' : digits(value));
    }));
  const causesSection = () => {
    const row = rows.find((one) => one.best && (one.causes || []).length);
    if (!row) return null;
    const sum = (causes) => causes ? CAUSES.reduce((total, [key]) =>
      total + Math.max(0, causes[key + '_ms'] || 0), 0) : 0;
    const end = top(row.causes.flatMap((one) => [sum(one.predicted), sum(one.measured)]));
    return section('Where the time goes',
      el('p', { class: 'soft small' }, 'The round of ' + row.name + ' for each network, ms: the ' +
        'parts of a line add up to it.'),
      el('div', { class: 'legend' }, CAUSES.map(([key, words]) => el('span', {},
        el('span', { class: 'swatch', style: 'background:var(--c-' + key + ')' }), words))),
      scroll('Where the time goes', el('table', { class: 'wide' },
        head('network', '', 'parts of the round', ...CAUSES.map(([key]) => '#' + key)),
        el('tbody', {}, row.causes.map((one) => [
          one.predicted && causeLine(one.instance, 'predicted', one.predicted, end),
          causeLine(one.predicted ? '' : one.instance, rounds, one.measured, end)])))));
  };

  // ---- contention ----------------------------------------------------------------------------
  const contention = () => {
    const list = (schedule && schedule.overlaps || []).filter((one) => one.lost_ms > 0);
    if (!schedule || !schedule.overlaps) return null;
    const most = top(list.map((one) => one.lost_ms));
    const name = ([instance, group, part]) => instance + ' ' +
      (layers(null, instance, group) || 'group ' + group) + (part === 'run' ? '' : ' ' + part);
    const line = (one) => el('tr', {}, el('th', { scope: 'row' }, name(one.job)),
      el('td', {}, name(one.beside)), cell(digits(one.together_ms)), cell(digits(one.lost_ms)),
      el('td', { class: 'interval' }, el('div', { class: 'bar', 'aria-hidden': true }, el('span', {
        style: 'background:var(--c-contention);width:' + (100 * one.lost_ms / most) + '%' }))));
    const table = (lines, label) => scroll(label, el('table', { class: 'wide' },
      head('slowed', 'by', '#together ms', '#costs ms', ''), el('tbody', {}, lines.map(line))));
    const left = schedule.overlaps_left_out;
    return section('Who slows whom',
      el('p', { class: 'soft small' }, 'In the plan as predicted, by layers. ' + (schedule.lost_ms
        ? 'Lost altogether: contention ' + ms(schedule.lost_ms.contention) + ', hand-overs ' +
          ms(schedule.lost_ms.transitions) + ', units idle ' + ms(schedule.lost_ms.idle) + '.'
        : '')),
      list.length ? table(list.slice(0, 12), 'The most expensive overlaps')
        : el('p', {}, 'Nobody slows anybody.'),
      list.length > 12 && el('details', {}, el('summary', {}, (list.length - 12) + ' more'),
        table(list.slice(12), 'Other overlaps')),
      left && el('p', { class: 'soft small' }, left.count + ' more cost ' + ms(left.lost_ms)));
  };

  // ---- profile -------------------------------------------------------------------------------
  const heatCell = (cost, least, here) => {
    if (!cost || !known(cost.time_ms)) return el('td', { class: 'none' }, '-');
    const times = cost.time_ms / least;
    const alpha = Math.min(.75, .32 * Math.log2(Math.max(1, times)));
    const words = ms(cost.time_ms) + ', ' + times.toFixed(2) + ' times the fastest unit' +
      (known(cost.gbps) ? ', ' + digits(cost.gbps) + ' GB/s' : '') + (here ? '; planned here' : '');
    return el('td', { class: 'heat' + (here ? ' here' : ''), title: words,
      style: 'background:rgba(var(--heat),' + alpha.toFixed(3) + ')' }, digits(cost.time_ms));
  };
  const heatTable = (instance) => {
    const units = problem.units.map((one) => one.name);
    const plan = schedule && schedule.assignment[instance.name] || [];
    return el('div', {}, el('h3', {}, el('span', { class: 'swatch', style: 'background:' +
      color(instance.name) }), instance.name),
    scroll('Times of ' + instance.name, el('table', {},
      head('layers', ...units.map((name) => '#' + name), '#GB/s'),
      el('tbody', {}, instance.groups.map((group, g) => {
        const costs = units.map((unit) => group.on[unit]);
        const least = Math.min(...costs.filter((one) => one && known(one.time_ms))
          .map((one) => one.time_ms));
        const used = group.on[plan[g]];
        return el('tr', {}, el('th', { scope: 'row' }, group.name), costs.map((cost, u) =>
          heatCell(cost, least, units[u] === plan[g])),
        cell(used && known(used.gbps) ? digits(used.gbps) : '-'));
      })))));
  };
  const profile = () => problem && section('Profile: groups on units',
    el('p', { class: 'soft small' }, 'What each group of layers takes alone, ms. The deeper the ' +
      'colour, the slower beside the fastest unit for it; a frame marks the unit of the plan, ' +
      'whose demand on memory stands at the end.'),
    el('div', { class: 'heats' }, problem.instances.filter((one, i) => problem.instances.findIndex(
      (other) => JSON.stringify(other.groups) === JSON.stringify(one.groups)) === i)
      .map(heatTable)));

  // ---- the plan ------------------------------------------------------------------------------
  const pieces = (row, name) => {
    const list = [];
    row.jobs.filter((job) => job.instance === name && job.part === 'run')
      .sort((a, b) => a.group - b.group).forEach((job) => {
        const last = list[list.length - 1];
        if (last && last.unit === job.unit) last.jobs.push(job);
        else list.push({ unit: job.unit, jobs: [job] });
      });
    return list;
  };
  const pieceWords = (piece) => {
    const first = piece.jobs[0], last = piece.jobs[piece.jobs.length - 1];
    const range = first.layers && last.layers ? 'layers ' + first.layers.split('-')[0] + '-' +
      last.layers.split('-').pop() : 'groups ' + first.group + '-' + last.group;
    const span = (kind) => first[kind] && last[kind] ? 'from ' + digits(first[kind].start) +
      ' to ' + ms(last[kind].start + last[kind].took) : null;
    return el('li', {}, el('strong', {}, range + ' on ' + piece.unit), ': ', [
      span('predicted') && 'predicted ' + span('predicted'),
      span('came') && rounds + ' ' + span('came')].filter(Boolean).join('; '));
  };
  const plan = () => {
    const row = rows.find((one) => one.best && one.jobs.length) ||
      rows.find((one) => one.jobs.length);
    return row && section('The plan', el('p', { class: 'soft small' }, row.name +
      (schedule && schedule.proven !== 'no' ? ', proven optimal ' + PROOFS[schedule.proven] + '.'
        : ', as it is to be deployed.')),
    networks.map((name) => [el('h3', {}, name), el('ol', { class: 'plan' },
      pieces(row, name).map(pieceWords))]));
  };

  // ---- streams -------------------------------------------------------------------------------
  const latency = (one, end) => {
    const x = (value) => (100 * value / end).toFixed(2) + '%';
    const l = one.latency || {};
    const words = one.name + ': half below ' + ms(l.p50_ms) + ', 95 % below ' + ms(l.p95_ms) +
      ', 99 % below ' + ms(l.p99_ms) + ', longest ' + ms(l.max_ms);
    return svg('svg', { width: '100%', height: 22, role: 'img', 'aria-label': words },
      svg('title', {}, words), known(l.p50_ms) && [
        svg('line', { x1: x(l.p50_ms), x2: x(l.max_ms), y1: 11, y2: 11, stroke: 'var(--soft)',
          'stroke-width': 2 }),
        svg('line', { x1: x(l.p50_ms), x2: x(l.p95_ms), y1: 11, y2: 11, stroke: 'var(--accent)',
          'stroke-width': 9 }),
        svg('line', { x1: x(l.p50_ms), x2: x(l.p50_ms), y1: 3, y2: 19, stroke: 'var(--ink)',
          'stroke-width': 2.5 })]);
  };
  const streamSection = () => {
    if (!streams.length) return null;
    const end = 1.03 * top(streams.flatMap((one) => one.networks.map((n) =>
      (n.latency || {}).max_ms)));
    return section('Frames', el('p', { class: 'soft small' }, 'Latency from release to result, ' +
      'ms. Bar: median; box: to 95 %; line: to the longest.'),
    scroll('Table of frames', el('table', { class: 'wide' },
      head('deployment', 'network', '0 to ' + digits(end) + ' ms', '#rate', '#frames', '#per s', '#p50', '#p99', '#longest',
        '#missed', '#dropped'),
      el('tbody', {}, streams.map((one) => one.networks.map((n, i) => el('tr', {},
        el('th', { scope: 'row' }, i ? '' : one.deployment), el('td', {}, n.name),
        el('td', { class: 'interval' }, latency(n, end)), cell(known(n.rate_hz) ? digits(n.rate_hz) : '-'), cell(n.ended),
        cell(digits(n.ended_per_s)), cell(digits((n.latency || {}).p50_ms)),
        cell(digits((n.latency || {}).p99_ms)), cell(digits((n.latency || {}).max_ms)),
        cell(known(n.deadline_ms) ? n.missed : '-'), cell(n.dropped))))))),
    el('h3', {}, 'Load of the units'), el('ul', {}, streams.map((one) => el('li', {},
      one.deployment + ', ' + digits(one.seconds) + ' s: ' + Object.entries(one.load || {})
        .map(([unit, load]) => unit + ' ' + share(load)).join(', ') +
        (one.restarts ? '; workers were started anew ' + one.restarts + ' times' : '')))));
  };

  // ---- what was learned, notes, machine ------------------------------------------------------
  const corrections = () => result && (result.corrections || []).length > 0 && section(
    'What the rounds taught', el('p', { class: 'soft small' }, 'Figures of the profile that were ' +
      'corrected by what jobs took; of contention a factor, else ms.'),
    scroll('Corrections', el('table', {}, head('what', 'network', 'layers', 'unit', '#known',
      '#learned', '#± '), el('tbody', {}, result.corrections.map((one) => el('tr', {},
      el('th', { scope: 'row' }, one.kind), el('td', {}, one.instance),
      el('td', {}, layers(null, one.instance, one.group) || one.group),
      el('td', {}, one.unit + (one.from ? ' from ' + one.from : '')), cell(digits(one.known)),
      cell(digits(one.learned)), cell(digits(one.spread))))))));
  const notes = () => result && result.notes.length > 0 && section('Notes',
    el('ul', {}, result.notes.map((note) => el('li', {}, note))));
  const machine = () => {
    const tool = documents[0].tool || {};
    const print = (result || platform || {}).fingerprint || {};
    const line = (name, value) => value ? [el('dt', {}, name), el('dd', {}, value)] : null;
    return section('Machine, versions, and how to repeat', el('dl', { class: 'plain' },
      line('platform', platform && platform.name), line('processor', print.cpu),
      line('cores', print.cores), line('kernel', print.kernel), line('libraries', print.libraries),
      line('clocks', print.clocks),
      line('units', problem && problem.units.map((one) => one.name).join(', ')),
      line('objective', schedule && objective),
      line('plans made', result && result.plans),
      line('search', schedule && schedule.search && schedule.search.nodes > 0
        ? schedule.search.nodes + ' nodes' : null),
      line('haxconn', typeof tool === 'string' ? tool : tool.version)),
    tool.command && [el('p', {}, 'Repeat with:'), el('code', { class: 'line' }, tool.command)],
    el('p', { class: 'small' }, 'In this file: ' + documents.map((one) => one.schema).join(', ') +
      '. They come back with:'),
    el('code', { class: 'line' }, 'haxconn report FILE.html --json -'));
  };

  const root = document.getElementById('report');
  const source = documents[0].tool || {};
  const command = source.command && source.command.replace(/^\S*\/(?=haxconn)/, '');
  root.replaceChildren(...[el('header', {}, el('h1', {}, command || documents[0].schema),
    el('p', { class: 'soft small' }, [platform && 'platform ' + platform.name,
      networks.length > 0 && networks.length + ' networks',
      source.version && 'haxconn ' + source.version].filter(Boolean).join(' · '))),
  verdict(), streamSection(), rows.length > 0 && !streams.length && deployments(), timelines(), causesSection(),
  contention(), plan(), profile(), corrections(), notes(), machine()].filter(Boolean));
  const terminal = document.querySelector('.terminal');
  if (terminal) terminal.open = false;
})();
