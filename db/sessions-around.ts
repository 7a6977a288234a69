/**
 * The sessions of a person that matter for a time, as SQL: those that they give, and those that they are given. One
 * statement decides with them, another offers slots by them, and both have to see the same.
 *
 * A session lasts a day at most and a buffer four hours (constraints of their tables): that bounds the index range.
 * Within it, treating counts with the larger of both buffers, being the client counts plainly. In a full calendar most
 * of the range is over by then, which the index says itself (`buffered_until` is the end, or later). Who has no buffer is
 * no practitioner and treats nobody: no index is asked. What is closed without having been cancelled keeps its time, but
 * nobody closes a session before it has begun: for a time further ahead than one can last (and an hour, as the clocks of
 * transactions differ) nothing is looked up among those.
 *
 * @param span what the row is called that says whose sessions (`person_id`), of which time (`begins`, `ends`), and what
 *   buffer (minutes) they need as a practitioner (`buffer`)
 * @param columns what to select of a session `b`
 */
export function sessionsAround(span: string, columns: string): string {
  const treating = (found: string) => `
    select ${columns} from bookings b
    where ${span}.buffer is not null and ${found}
      and b.starts_at > ${span}.begins - interval '28 hours' and b.starts_at < ${span}.ends + interval '4 hours'
      and b.buffered_until > ${span}.begins - make_interval(mins => ${span}.buffer)
      and b.starts_at < ${span}.ends + greatest(make_interval(mins => ${span}.buffer), b.buffered_until - b.ends_at)
      and b.ends_at > ${span}.begins - greatest(make_interval(mins => ${span}.buffer), b.buffered_until - b.ends_at)`;
  const treated = (found: string) => `
    select ${columns} from bookings b
    where ${found}
      and b.starts_at > ${span}.begins - interval '24 hours' and b.starts_at < ${span}.ends
      and b.ends_at > ${span}.begins`;
  const closed = (reach: string) => `${span}.begins < now() + interval '${reach}' and b.status <> 'cancelled'`;
  return [
    treating(`b.open_practitioner_id = ${span}.person_id`),
    treated(`b.open_client_id = ${span}.person_id`),
    treating(`${closed('29 hours')} and b.practitioner_id = ${span}.person_id and b.open_practitioner_id is null`),
    treated(`${closed('25 hours')} and b.client_id = ${span}.person_id and b.open_client_id is null`),
  ].join('\n    union all');
}
