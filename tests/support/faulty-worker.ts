import { runWorkerProcess } from '../../workers/run-worker-process.ts';
import { testKinds } from './test-kinds.ts';

// A worker process that also knows the faulty kind: compiled and started by tests, which expect it to die.
await runWorkerProcess(testKinds);
