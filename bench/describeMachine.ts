import { availableParallelism, cpus, release, type as system, totalmem } from 'node:os';

/** What a reader has to know of the machine to compare figures with their own. */
export function describeMachine(postgresVersion: string): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${model}, ${availableParallelism()} cores, ${memory}; ${system()} ${release().split('-')[0]}; Node ${process.versions.node}; PostgreSQL ${postgresVersion}, fsync on`;
}
