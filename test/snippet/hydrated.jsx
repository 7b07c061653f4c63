/** @jsxImportSource react */
import { lazy, Suspense, useState } from 'react';

/* An application as a server writes it and a browser takes it over. */

const slowly = globalThis.window
  ? (component, ms) => lazy(() => new Promise((resolve) => setTimeout(() => resolve({ default: component }), ms)))
  : (component) => component;

function Call({ number }) {
  return (
    <p title="212-555-0199">
      Call <b>{number.slice(0, 3)}</b>-{number.slice(3, 6)}-{number.slice(6)}
    </p>
  );
}

const Contact = slowly(() => <address>(212) 555-0199</address>, 600);

export function App() {
  const [count, setCount] = useState(0);
  return (
    <main>
      <Call number="2125550199" />
      <a href="tel:+12125550199">(212) 555-0199</a>
      <div dangerouslySetInnerHTML={{ __html: '<em>212.555.0199</em>' }} />
      <Suspense fallback="…">
        <Contact />
      </Suspense>
      <button type="button" onClick={() => setCount(count + 1)}>
        Pressed {count}
      </button>
      {count > 0 && <output>212 555 0199, {count}</output>}
    </main>
  );
}
