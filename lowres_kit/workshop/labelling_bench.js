// Runs in the browser at each photo's arrival; `this` is the photo.
const bench = this.closest('.lowres-bench');
if (!bench) return;
bench.removeAttribute('aria-busy');
if (bench.lowresKeys) return;
bench.lowresKeys = true;
bench.tabIndex = 0;
bench.setAttribute('role', 'group');
bench.setAttribute('aria-label', this.dataset.bench);
bench.querySelectorAll('.lowres-said').forEach(one => one.setAttribute('aria-live', 'polite'));
const turn = () => bench.querySelector('.lowres-turn').dataset.turn;
bench.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (button && bench.dataset.answered === turn()) {
    event.stopImmediatePropagation();
    event.preventDefault();
  } else if (button) {
    bench.dataset.answered = turn();
    bench.setAttribute('aria-busy', 'true');
  }
  if (!event.target.closest('button, summary')) bench.focus({preventScroll: true});
}, true);
bench.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1
      && event.key !== 'Backspace' && event.key !== 'Enter') return;
  event.stopPropagation();
  if (event.key === ' ' || event.key === 'Enter') return;
  const code = /^(?:Digit|Numpad|Key)(.)$/.exec(event.code);
  const keys = event.key === 'Backspace' ? ['U']
    : [event.key.toUpperCase(), code ? code[1] : event.key];
  const buttons = [...bench.querySelectorAll('button')];
  const found = keys.map(key => buttons.find(one => one.classList.contains('lowres-key-' + key)))
    .find(Boolean);
  if (!found) return;
  event.preventDefault();
  if (!event.repeat) found.click();
});
const typing = document.activeElement
  && document.activeElement.closest('input, textarea, [contenteditable=true]');
if (!typing) bench.focus({preventScroll: true});
