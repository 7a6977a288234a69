import { operations } from '../shared/operations/registry.ts';
import { runWorkerProcess } from './run-worker-process.ts';

await runWorkerProcess(operations);
