import {
  type Fact,
  type SettingInfo,
  type SettingValue,
  ShardwrightError,
  type SharedKey,
  type SharedValues,
  breakerLimits,
  readQuotas,
  sharedKeys,
  sharedSettings,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { SettingRow } from "../database/queries/settings.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { SchedulerOptions } from "../scheduler/options.ts";
import { sharedDefaults } from "./flags.ts";

export interface ConfigurationParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  /** What this coordinator was started with. */
  readonly flags: Partial<SharedValues>;
}

/**
 * What a cluster goes by: what was set for all of it, else what this coordinator was started with, which counts while it leads, else what
 * holds without either.
 */
export class SharedConfiguration {
  readonly #parts: ConfigurationParts;
  #shared: ReadonlyMap<string, SettingRow>;
  #quotas: ReadonlyMap<string, number>;

  constructor(parts: ConfigurationParts) {
    this.#parts = parts;
    this.#shared = this.#read();
    this.#quotas = this.#readQuotas();
    parts.ledger.onApplied((facts) => {
      if (facts.some(isSetting)) this.#changed();
    });
    parts.ledger.onRestored(() => this.#changed());
  }

  get<K extends SharedKey>(key: K): SharedValues[K] {
    const shared = this.#rowOf(key)?.value as SharedValues[K] | undefined;
    return shared ?? this.#parts.flags[key] ?? sharedDefaults[key];
  }

  /** The same options, of which those that are shared always say what the cluster goes by. */
  schedulerOptions(options: SchedulerOptions): SchedulerOptions {
    const quotas = (): ReadonlyMap<string, number> => this.#quotas;
    const get = this.get.bind(this);
    return {
      ...options,
      get quotas() {
        return quotas();
      },
      get breakers() {
        const reset_ms = Math.round(get("circuit-breaker-reset-time") * 1000);
        return breakerLimits({ threshold: get("circuit-breaker-threshold"), reset_ms });
      },
      get healthThreshold() {
        return get("health-threshold");
      },
      get retries_limit() {
        return get("max-retries");
      },
      get openRuns_limit() {
        return get("open-runs");
      },
      get selfTuning() {
        return get("self-tuning");
      },
    };
  }

  list(): SettingInfo[] {
    return sharedKeys.map((key) => {
      const set_at_ms = this.#rowOf(key)?.at_ms;
      const origin = set_at_ms !== undefined ? "shared" : this.#parts.flags[key] !== undefined ? "flag" : "default";
      return { key, value: this.get(key), origin, ...(set_at_ms !== undefined && { set_at_ms }) };
    });
  }

  /** Resolves when all coordinators that lead from now on go by it. @throws ShardwrightError `bad-request`, and as `Ledger.append` */
  async set(key: SharedKey, given: SettingValue): Promise<void> {
    const parsed = sharedSettings[key].schema.safeParse(given);
    if (!parsed.success) {
      const named = parsed.error.issues.slice(0, 10).map(({ path, message }) => `${[key, ...path].join(".")}: ${message}`);
      throw new ShardwrightError("bad-request", { problems: named.join("; ") });
    }
    if (JSON.stringify(this.#shared.get(key)?.value) === JSON.stringify(parsed.data)) return;
    await this.#parts.ledger.append([{ type: "SettingChanged", key, value: parsed.data }]);
  }

  /** What coordinators are started with counts again. */
  async unset(key: SharedKey): Promise<void> {
    if (this.#shared.has(key)) await this.#parts.ledger.append([{ type: "SettingChanged", key }]);
  }

  /** What was set; nothing if this version cannot go by it. */
  #rowOf(key: SharedKey): SettingRow | undefined {
    const row = this.#shared.get(key);
    // Most are not set, and the scheduler asks with each decision: a schema takes long to refuse what is not there.
    return row !== undefined && sharedSettings[key].schema.safeParse(row.value).success ? row : undefined;
  }

  #changed(): void {
    this.#shared = this.#read();
    this.#quotas = this.#readQuotas();
  }

  #read(): ReadonlyMap<string, SettingRow> {
    return new Map(this.#parts.queries.settings.all().map((row) => [row.key, row]));
  }

  #readQuotas(): ReadonlyMap<string, number> {
    return readQuotas(this.get("quota"));
  }
}

function isSetting({ body }: Fact): boolean {
  return body.type === "SettingChanged";
}
