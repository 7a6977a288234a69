import { clara, eve } from '../../support/builders.ts';
import { history } from '../../support/history.ts';
import { nobody, type Plants } from './plants.ts';

/* Operations, their order, and the people who look after them. */

const withoutAnswerRules = `
  alter table operations drop constraint operations_outcome_iff_succeeded,
    drop constraint operations_rejection_iff_rejected, drop constraint operations_resolution_iff_resolved,
    drop constraint operations_settled_iff_final;`;

export const lanePlants: Plants = {
  'final-operations-have-one-answer': {
    'no outcome': `${withoutAnswerRules} update operations set outcome = null where id = '${history.transfer}'`,
    'no rejection': `${withoutAnswerRules} update operations set rejection = null where id = '${history.refused}'`,
    'no resolution': `${withoutAnswerRules} update operations set resolution = null where id = '${history.resolved}'`,
    'two answers': `${withoutAnswerRules} update operations set outcome = '{}' where id = '${history.refused}'`,
    'an answer before its time': `${withoutAnswerRules} update operations set outcome = '{}' where id = '${history.waiting}'`,
    'final at no time': `${withoutAnswerRules} update operations set settled_at = null where id = '${history.refused}'`,
  },
  'lane-numbers-are-gapless': {
    'an operation that is gone': `delete from operations where id = '${history.refused}'`,
    'the last one that is gone': `delete from operations where id = '${history.waiting}'`,
    'a lane that is gone': `delete from operations where lane = '${clara}'`,
    'a tail that is gone': `delete from lane_tails where id = '${clara}'`,
    'a number that was handed out for nothing': `update lane_tails set last_seq = last_seq + 1 where id = '${clara}'`,
    'numbers that begin later': `update operations set lane_seq = lane_seq + 1000 where lane = '${clara}'`,
  },
  'lanes-leave-nothing-behind': {
    'accepted and passed by': `
      update operations set status = 'accepted', rejection = null, settled_at = null where id = '${history.refused}'`,
    'retrying and passed by': `
      update operations set status = 'retrying', rejection = null, settled_at = null where id = '${history.refused}'`,
    'to be applied again and forgotten': `update lane_heads set replays = '{}' where id = '${eve}'`,
    'a lane without a head': `delete from lane_heads where id = '${clara}'`,
  },
  'nothing-overtakes-its-lane': {
    settled: `update lane_heads set settled_seq = settled_seq - 1 where id = '${clara}'`,
    'left for a person': `update lane_heads set settled_seq = settled_seq - 3 where id = '${eve}'`,
  },
  'replays-are-waiting': {
    settled: `update lane_heads set replays = replays || '${history.transfer}'::uuid where id = '${eve}'`,
    'of another lane': `update lane_heads set replays = replays || '${history.replayed}'::uuid where id = '${clara}'`,
    'of no lane': `update lane_heads set replays = replays || '${nobody}'::uuid where id = '${eve}'`,
    'kept twice': `update lane_heads set replays = replays || replays where id = '${eve}'`,
    'in front of the head': `
      update operations set status = 'retrying' where id = '${history.waiting}';
      update lane_heads set replays = replays || '${history.waiting}'::uuid where id = '${eve}'`,
  },
  'effects-follow-lane-order': {
    'two that changed places': `
      alter table operations drop constraint operations_one_per_lane_position;
      update operations o set lane_seq = other.lane_seq from operations other
      where o.id in ('${history.liveBooking}', '${history.nextBooking}') and o.id <> other.id
        and other.id in ('${history.liveBooking}', '${history.nextBooking}')`,
  },
  'accepted-times-follow-lane-order': {
    'a clock that went back': `
      update operations set accepted_at = accepted_at - interval '1 day' where id = '${history.transfer}'`,
  },
  'what-needs-a-person-has-an-open-item': {
    'a closed one': `
      update reconciliation_items set status = 'dismissed' where subject_id = '${history.reconciling}'`,
    'none at all': `delete from reconciliation_items where subject_id = '${history.reconciling}'`,
    'none while it is applied again': `
      update reconciliation_items set status = 'resolved' where subject_id = '${history.replayed}'`,
  },
  'open-items-are-about-something': {
    'an operation that has its answer': `
      update reconciliation_items set status = 'open' where subject_id = '${history.resolved}'`,
    'an operation that is gone': `
      update reconciliation_items set subject_id = '${nobody}' where subject_id = '${history.reconciling}'`,
    nothing: `update reconciliation_items set subject_id = 'gone' where subject_id = '${history.reconciling}'`,
  },
  'the-sweep-sees-whatever-waits': {
    'waiting below the mark': `update low_water set accepted_at = now() + interval '1 hour'`,
    'no mark': 'delete from low_water',
  },
  'nothing-is-put-off-for-long': {
    'due in an hour': `
      update operations set status = 'retrying', due_at = now() + interval '1 hour' where id = '${history.waiting}'`,
  },
};
