// Keeps an open page up to date: when the server says that something changed, the page is fetched again and put in place.
// Nothing that was typed is ever lost: then the page stays, and a button offers what is new.
export const LIVE = `
(() => {
  const main = document.querySelector('main'), said = document.querySelector('#said');
  let source, timer, busy = false, again = false, offer, at = 0;
  const edited = () => [...main.querySelectorAll('input, textarea, select')].some((field) =>
    field === document.activeElement && !field.matches('[type=hidden]') ||
    (field.options ? [...field.options].some((option) => option.selected !== option.defaultSelected) : field.value !== field.defaultValue));
  const words = (root) => [...root.querySelectorAll('[data-say]')].map((part) => part.textContent.trim()).join(' ');
  const put = (fresh) => {
    const open = [...main.querySelectorAll('details')].map((part) => part.open);
    const within = main.contains(document.activeElement), held = within && document.activeElement;
    const same = held && [...main.querySelectorAll('a, button, summary, [tabindex]')].indexOf(held);
    const before = words(main);
    main.innerHTML = fresh.innerHTML;
    [...main.querySelectorAll('details')].forEach((part, n) => { if (open[n]) part.open = true; });
    if (within) {
      const now = [...main.querySelectorAll('a, button, summary, [tabindex]')][same];
      (now && now.outerHTML === held.outerHTML ? now : main).focus({ preventScroll: true });
    }
    if (words(main) !== before) said.textContent = words(main);
    if (offer) { offer.remove(); offer = undefined; }
  };
  const offerNews = () => {
    said.textContent = 'This page has changed.';
    if (offer) return;
    offer = document.createElement('section');
    offer.className = 'news';
    offer.setAttribute('aria-label', 'Changed');
    const text = document.createElement('span'), button = document.createElement('button');
    text.textContent = 'This page has changed.';
    button.textContent = 'Show what is new';
    button.className = 'quiet';
    button.addEventListener('click', () => location.reload());
    offer.append(text, button);
    main.before(offer);
  };
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, redirect: 'manual' });
      if (answer.type === 'opaqueredirect') return edited() ? offerNews() : location.reload();
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const there = fresh.querySelector('main'), bar = document.querySelector('header'), newBar = fresh.querySelector('header');
      if (!there) return;
      document.title = fresh.title;
      document.documentElement.dataset.at = fresh.documentElement.dataset.at;
      if (newBar && !bar.contains(document.activeElement) && bar.innerHTML !== newBar.innerHTML) bar.innerHTML = newBar.innerHTML;
      if (main.innerHTML === there.innerHTML) return;
      const plain = (html) => html.replace(/<time[^]*?<\\/time>( <span class="soft">[^<]*<\\/span>)?/g, '');
      if (!edited()) put(there);
      else if (plain(loaded) !== plain(there.innerHTML)) offerNews();
      loaded = there.innerHTML;
    } catch {
      return;
    } finally {
      busy = false;
      if (again) { again = false; soon(); }
    }
  };
  let loaded = main.innerHTML;
  const soon = () => { clearTimeout(timer); timer = setTimeout(() => { at = Date.now(); refresh(); }, Math.max(120, at + 1000 - Date.now())); };
  const listen = () => {
    source = new EventSource('/events?after=' + (document.documentElement.dataset.at || ''));
    for (const kind of ['approval', 'revocation', 'refusal', 'activity']) source.addEventListener(kind, soon);
    source.addEventListener('error', () => { if (source.readyState === EventSource.CLOSED) soon(); });
  };
  // A hidden page holds no connection: browsers give one house only a few.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) source.close();
    else { listen(); soon(); }
  });
  if (!document.hidden) listen();
})();
`
