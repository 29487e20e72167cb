/** The files of `deploy/` as tests read them: parsed where they are YAML, and the text of all. */
import { readdirSync, readFileSync } from "node:fs";
import { isAlias, parseAllDocuments, visit } from "yaml";
import { z } from "zod";

const root = new URL("../../", import.meta.url);

/** The paths below `deploy/`, and what else tells how the gate is run. */
export function deployPaths(): readonly string[] {
  const below = readdirSync(new URL("deploy/", root), { recursive: true, withFileTypes: true });
  const files = below.filter((entry) => entry.isFile());
  const top = new URL("deploy/", root).pathname;
  const named = files.map(({ parentPath, name }) => `${parentPath}/${name}`.replace("//", "/"));
  return [...named.map((path) => `deploy/${path.slice(top.length)}`), "Dockerfile"].toSorted();
}

export const readText = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** The documents of one text. Fails with the parser's first complaint. */
export function parseDocuments(text: string): readonly unknown[] {
  return parseAllDocuments(text, { version: "1.1" }).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    visit(document, (_, node) => {
      if (isAlias(node)) throw new Error("an alias");
    });
    return document.toJS();
  });
}

const port = z.object({ name: z.string(), containerPort: z.number() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });

/** What the tests look at of a Deployment. */
export const deployment = z.object({
  kind: z.literal("Deployment"),
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        automountServiceAccountToken: z.literal(false),
        securityContext: z.object({ runAsNonRoot: z.literal(true) }),
        containers: z.array(
          z.object({
            name: z.string(),
            image: z.string(),
            ports: z.array(port).default([]),
            startupProbe: probe.optional(),
            livenessProbe: probe.optional(),
            readinessProbe: probe.optional(),
            lifecycle: z
              .object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) })
              .optional(),
            securityContext: z
              .object({
                runAsUser: z.number(),
                allowPrivilegeEscalation: z.boolean(),
                readOnlyRootFilesystem: z.boolean(),
                capabilities: z.object({ drop: z.array(z.string()) }),
              })
              .optional(),
            volumeMounts: z
              .array(z.object({ name: z.string(), mountPath: z.string() }))
              .default([]),
          }),
        ),
        volumes: z.array(z.object({ name: z.string() }).loose()),
      }),
    }),
  }),
});

export type Deployment = z.infer<typeof deployment>;

export const configMap = z.object({
  kind: z.literal("ConfigMap"),
  data: z.object({ "config.yaml": z.string() }),
});

export const service = z.object({
  kind: z.literal("Service"),
  spec: z.object({ ports: z.array(z.object({ targetPort: z.string() })) }),
});

export const networkPolicy = z.object({
  kind: z.literal("NetworkPolicy"),
  spec: z.object({
    ingress: z.array(z.object({ ports: z.array(z.object({ port: z.string() })) })),
  }),
});

/** The first document that has this shape. Fails with why the one of this kind has not. */
export function pick<T>(documents: readonly unknown[], shape: z.ZodType<T>, kind: string): T {
  const found = documents.find(
    (document) => z.object({ kind: z.literal(kind) }).safeParse(document).success,
  );
  return shape.parse(found);
}
