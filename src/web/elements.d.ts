import type { HTMLAttributes } from 'preact';

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'turbo-stream-source': HTMLAttributes<HTMLElement> & { src: string };
    }
  }
}
