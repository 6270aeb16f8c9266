// Keeps an open page up to date: when the server says that something changed, the page is fetched again and put in place.
export const LIVE = `
(() => {
  const source = new EventSource('/events');
  let timer, again = false, busy = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'manual' });
      if (answer.type === 'opaqueredirect') return location.reload();
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const here = document.querySelector('main'), there = fresh.querySelector('main');
      const typing = document.activeElement && document.activeElement.matches('input, textarea, select');
      if (there && !typing && here.innerHTML !== there.innerHTML) here.innerHTML = there.innerHTML;
      const bar = document.querySelector('header'), newBar = fresh.querySelector('header');
      if (newBar && bar.innerHTML !== newBar.innerHTML) bar.innerHTML = newBar.innerHTML;
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(refresh, 120); };
  for (const kind of ['approval', 'revocation', 'refusal', 'activity']) source.addEventListener(kind, soon);
})();
`
