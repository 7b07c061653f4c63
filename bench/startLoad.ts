import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Sample } from './compare.ts';
import type { Answered, Asked, Job } from './load.ts';

export interface Load {
  /** Throws unless each request was answered rightly: errors are quick, and no measure of anything. */
  send(job: Job): Promise<Answered>;
  stop(): void;
}

export function startLoad(interrupted: AbortSignal): Load {
  const child = fork(join(import.meta.dirname, 'load.ts'), {
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A group of its own: a Ctrl-C reaches the run, which then ends this.
    detached: true,
  });
  const stop = () => void child.kill();
  interrupted.addEventListener('abort', stop);
  return {
    async send(job) {
      const seen = await new Promise<Answered>((resolve, reject) => {
        const gone = () => reject(new Error('The load generator is gone.'));
        if (!child.connected) return gone();
        child.once('exit', gone);
        child.once('message', (answered: Answered) => {
          child.off('exit', gone);
          resolve(answered);
        });
        child.send(job);
      });
      const { answered, wrong } = seen;
      if (wrong > 0 || answered !== job.requests.length)
        throw new Error(`Of ${job.requests.length} requests ${answered} were answered, ${wrong} of them wrongly.`);
      return seen;
    },
    stop,
  };
}

const connectionsUsual = 50;

/** A side of a case that is asked for as long as a round takes, going by how fast it was the last time. */
export function underLoad(
  { load, secondsPerRound }: { load: Load; secondsPerRound: number },
  side: { url: string; holds: string; makeRequests: (count: number) => Asked[]; connections?: number },
): () => Promise<Sample> {
  const { connections = connectionsUsual } = side;
  let perSecond = 500;
  return async () => {
    const requests = side.makeRequests(Math.max(connections, Math.round(perSecond * secondsPerRound)));
    const seen = await load.send({ url: side.url, holds: side.holds, connections, requests });
    perSecond = seen.perSecond;
    return { value: perSecond, p99Ms: seen.p99Ms };
  };
}
