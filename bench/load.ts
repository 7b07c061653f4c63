import autocannon from 'autocannon';

/* The load, in a process of its own: what asking costs is not on the account of whoever answers. */

export interface Asked {
  path: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

export interface Job {
  url: string;
  connections: number;
  /** Each is sent once. */
  requests: readonly Asked[];
  /** What every answer's body has to hold. */
  holds: string;
}

export interface Answered {
  answered: number;
  /** Answers that were not 200 or did not hold what they had to, and requests without an answer. */
  wrong: number;
  perSecond: number;
  p99Ms: number;
}

process.on('message', async (job: Job) => process.send!(await send(job)));
process.on('disconnect', () => process.exit());

function send({ url, connections, requests, holds }: Job): Promise<Answered> {
  let begunAt = 0;
  let endedAt = 0;
  let answered = 0;
  let wrong = 0;
  let connection = 0;
  const options: autocannon.Options = {
    url,
    connections,
    amount: requests.length,
    // How often it looks whether all has been answered.
    sampleInt: 50,
    verifyBody: (body) => String(body).includes(holds),
    setupClient: (client) => {
      const mine = connection++;
      client.setRequests(requests.filter((_, index) => index % connections === mine));
    },
  };
  return new Promise((resolve, reject) => {
    const run = autocannon(options, (error, { errors, mismatches, latency }) => {
      const perSecond = (answered * 1000) / (endedAt - begunAt);
      if (error) reject(error);
      else resolve({ answered, wrong: wrong + errors + mismatches, perSecond, p99Ms: latency.p99 });
    });
    run.on('start', () => {
      begunAt = performance.now();
    });
    run.on('response', (_, status) => {
      endedAt = performance.now();
      answered += 1;
      if (status !== 200) wrong += 1;
    });
  });
}
