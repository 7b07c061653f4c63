import type { House } from '../../platform/house.ts';
import { type Actor, houseId, perform } from '../../platform/operation.ts';
import {
  changeProviderSettings,
  type ProviderSettings,
  takeProviderDown,
} from '../../platform/payments/simulated/settings.ts';
import { type Decision, Refused } from '../../rules/decision.ts';

export type ProviderWeather = Partial<Omit<ProviderSettings, 'downUntil'>> & { downSeconds?: number };

/** Sets how the simulated provider fails and tells, for rehearsals. It keeps books of its own, so nothing of ours changes. */
export async function steerProvider(
  house: House,
  actor: Actor,
  weather: ProviderWeather,
  key: string,
): Promise<Decision<true>> {
  return perform(
    house,
    { action: 'steer-simulation', actor, ownerId: houseId, key, input: weather },
    async ({ note }) => {
      if (!house.paymentsSimulation) throw new Refused({ code: 'development-only' });
      const { downSeconds, ...settings } = weather;
      await changeProviderSettings(house.paymentsSimulation, settings);
      if (downSeconds !== undefined) await takeProviderDown(house.paymentsSimulation, downSeconds);
      note({ ...weather });
      return true;
    },
  );
}
