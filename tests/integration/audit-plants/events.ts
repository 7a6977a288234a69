import { clara } from '../../support/builders.ts';
import { history } from '../../support/history.ts';
import { nobody, of, type Plants } from './plants.ts';

/* What subscribers are told. */

export const eventPlants: Plants = {
  'events-are-about-what-has-happened': {
    'what was rejected': `update event_deliveries set operation_id = '${history.refused}' where ${of(history.transfer)}`,
    'what is gone': `update event_deliveries set operation_id = '${nobody}' where ${of(history.transfer)}`,
    'what happened to somebody else': `update event_deliveries set lane = '${clara}' where ${of(history.transfer)}`,
    'another place in the order': `update event_deliveries set lane_seq = lane_seq + 1 where ${of(history.transfer)}`,
  },
  'events-are-not-put-off-for-long': {
    'due tomorrow': `
      update event_deliveries set failing_since = now(), due_at = now() + interval '1 day'
      where endpoint_id = '${history.endpoint}'`,
    'in the hands of nobody': `
      update event_deliveries set leased_until = now() + interval '1 hour' where endpoint_id = '${history.endpoint}'`,
  },
  'items-about-endpoints-are-about-disabled-ones': {
    'one that is enabled': `
      update event_endpoints set disabled_at = null, disabled_reason = null where id = '${history.disabledEndpoint}'`,
    'one that is deleted': `update event_endpoints set deleted_at = now() where id = '${history.disabledEndpoint}'`,
    'one that is gone': `delete from event_endpoints where id = '${history.disabledEndpoint}'`,
  },
};
