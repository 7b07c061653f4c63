import {
  type CarrierSettings,
  changeCarrierSettings,
  takeCarrierDown,
} from '../platform/carrier/simulated/settings.ts';
import type { House } from '../platform/house.ts';
import { type Actor, houseId, perform } from '../platform/operation.ts';
import { type Decision, Refused } from '../rules/decision.ts';

export interface CarrierWeather
  extends Partial<
    Pick<CarrierSettings, 'requestsPerSecond' | 'latencyMs' | 'failRate' | 'failNextRequests' | 'timeOutNextEffects'>
  > {
  downSeconds?: number;
}

/** Sets how the simulated carrier fails, for rehearsals. The carrier keeps books of its own, so nothing of ours changes. */
export async function steerCarrier(
  house: House,
  actor: Actor,
  weather: CarrierWeather,
  key: string,
): Promise<Decision<true>> {
  return perform(
    house,
    { action: 'steer-simulation', actor, ownerId: houseId, key, input: weather },
    async ({ note }) => {
      if (!house.simulation) throw new Refused({ code: 'development-only' });
      const { downSeconds, ...settings } = weather;
      await changeCarrierSettings(house.simulation, settings);
      if (downSeconds !== undefined) await takeCarrierDown(house.simulation, downSeconds);
      note({ ...weather });
      return true;
    },
  );
}
