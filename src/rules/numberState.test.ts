import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberStateOf } from './numberState.ts';
import { type Level, type Standing, type Switch, standings } from './standing.ts';

const on = (level: Level, kind: Switch['kind']): Switch => ({ level, kind, since: new Date(0), by: 'x', why: null });
const because = (standing: Standing, above: Switch[], own: Switch[]) => {
  const fact = numberStateOf({ standing, switches: above }, own).because;
  return fact && `${fact.level} ${fact.kind}`;
};

test('the strongest fact is the reason; of equals the highest, which has to be turned back first', () => {
  assert.equal(because('open', [], []), null);
  assert.equal(because('open', [], [on('number', 'pause')]), 'number pause');
  assert.equal(because('paused', [on('account', 'pause')], [on('number', 'pause')]), 'account pause');
  assert.equal(because('paused', [on('account', 'pause')], [on('number', 'stop')]), 'number stop');
  assert.equal(because('stopped', [on('account', 'stop'), on('agency', 'stop')], []), 'agency stop');
  assert.equal(because('stopped', [on('account', 'hold')], [on('number', 'stop')]), 'account hold');
});

test('without funds or with a closure no switch is the reason, and none makes it better', () => {
  for (const standing of ['no funds', 'canceled', 'purged'] as const) {
    assert.equal(because(standing, [on('agency', 'stop')], [on('number', 'stop')]), null);
    assert.equal(numberStateOf({ standing, switches: [] }, [on('number', 'pause')]).standing, standing);
  }
});

test('a number never does more than its account', () => {
  for (const standing of standings) {
    const without = numberStateOf({ standing, switches: [] }, []);
    for (const kind of ['pause', 'stop'] as const) {
      const state = numberStateOf({ standing, switches: [] }, [on('number', kind)]);
      assert.equal(state.swapping, false);
      assert.equal(state.callsConnect, without.callsConnect && kind === 'pause');
    }
  }
});
