import { z } from 'zod';

/*
 * Fields of Stripe's objects. What is missing, null or of another type than we know reads as null: an event is signed
 * and must be stored whatever it holds, and what is missing is found out where it is needed.
 */

export const text = z.string().min(1).max(255).nullish().catch(null).default(null);

export const whole = z.int().nullish().catch(null).default(null);

export const flag = z.boolean().nullish().catch(null).default(null);

/** An object that is referred to: its id, or itself when it was expanded. */
export const reference = z
  .union([z.string().min(1).max(255), z.object({ id: z.string().min(1).max(255) }).transform(({ id }) => id)])
  .nullish()
  .catch(null)
  .default(null);

export const metadata = z
  .object({ userId: text, orderId: text, refundId: text })
  .nullish()
  .catch(null)
  .transform((given) => given ?? { userId: null, orderId: null, refundId: null })
  .prefault(null);

/** An object inside an object, all of whose members are as above; `{}` when it is missing. */
export function nested<Shape extends z.ZodRawShape>(shape: Shape) {
  const object = z.object(shape);
  const isObject = (given: unknown) => typeof given === 'object' && given !== null && !Array.isArray(given);
  return z.preprocess((given) => (isObject(given) ? given : {}), object);
}

/** `{ data: […], has_more }`; null when the list is not there or goes on elsewhere. */
export function wholeList<Item extends z.ZodType>(item: Item) {
  return z
    .object({ data: z.array(item), has_more: flag })
    .nullish()
    .catch(null)
    .transform((list) => (list === null || list === undefined || list.has_more === true ? null : list.data))
    .prefault(null);
}
