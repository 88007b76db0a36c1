export interface Member {
  user: string;
  email: string;
  roles: string[];
}

/** How staff are called, by their numbers. */
export const namesOf = (staff: Member[] | null): Map<string, string> => new Map((staff ?? []).map((one) => [one.user, one.email]));
