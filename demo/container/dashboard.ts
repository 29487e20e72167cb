/**
 * The sample dashboard as the process of a container. It listens on loopback alone, as a dashboard beside a gate should: who
 * is not in the container's own network does not reach it.
 */
import { startDashboard } from "../dashboard.ts";

const dashboard = await startDashboard({ port: Number(process.env["PORT"] ?? "9119") });
console.log(`the dashboard listens on ${dashboard.address}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void dashboard.close());
}
