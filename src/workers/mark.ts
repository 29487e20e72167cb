/** How the command finds that it is a worker: apart, so that a gate that is one process loads nothing of the workers. */

/** In the environment of a worker, which has a channel to its primary besides. */
export const workerMark = "HERMES_GATE_IS_WORKER";
