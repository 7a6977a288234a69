import type { Config } from './config.ts';

export interface Telemetry {
  /** Sends what is still to be sent; never fails. */
  close(): Promise<void>;
}

const silent: Telemetry = { close: async () => undefined };

/** Longer than that nobody waits for a collector at the end of a process. */
const flushLimitMs = 3_000;

/**
 * Sends spans to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names. Without one nothing of it is even loaded:
 * whoever makes spans then makes none, at no cost.
 */
export async function startTelemetry(
  { otlpEndpoint }: Pick<Config, 'otlpEndpoint'>,
  service: string,
): Promise<Telemetry> {
  if (otlpEndpoint === null) return silent;
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${otlpEndpoint}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: flushLimitMs })],
  });
  provider.register();
  return { close: () => provider.shutdown().catch(() => undefined) };
}
